# Draw how a scenario's times grow, as SVG: -v key=mounts or -v key=rules.  report.awk says what the
# lines are.
#
# The times on a logarithmic scale, for there is a factor of a thousand between the slowest and the
# fastest.  So is the number, unless it begins with 0; then what grows in proportion is a straight
# line with the slope of the dashed one.

function log10(value)
{
	return log(value) / log(10)
}

function place_x(x)
{
	x = straight ? x / x_max : (log10(x) - log10(x_min)) / (log10(x_max) - log10(x_min))
	return left + x * (width - left - right)
}

function place_y(y)
{
	y = (log10(y) - y_low) / (y_high - y_low)
	return height - bottom - y * (height - top - bottom)
}

function line(x1, y1, x2, y2, style)
{
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style
}

function text(x, y, anchor, words)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words
}

function say_time(us)
{
	return us < 1000 ? us " us" : us < 1000000 ? us / 1000 " ms" : us / 1000000 " s"
}

function draw_axes(    power, i, y)
{
	for (power = y_low; power <= y_high; power++) {
		y = place_y(10 ^ power)
		line(left, y, width - right, y, "stroke=\"#ddd\"")
		text(left - 8, y + 4, "end", say_time(10 ^ power))
	}
	for (i = 1; i <= x_count; i++) {
		line(place_x(xs[i]), top, place_x(xs[i]), height - bottom, "stroke=\"#eee\"")
		text(place_x(xs[i]), height - bottom + 18, "middle", xs[i])
	}
	text((left + width - right) / 2, height - 8, "middle", key == "mounts" \
		? "more mounts on the host" : "protected directories")
	text(left, top - 14, "start", title)
}

function draw_candidate(n,    name, i, points, last)
{
	name = names[n]
	for (i = 1; i <= x_count; i++)
		if ((name, xs[i]) in value) {
			last = place_y(value[name, xs[i]])
			points = points sprintf("%.1f,%.1f ", place_x(xs[i]), last)
		}
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n",
		points, colours[n]
	label_y[n] = last
}

# The names at the ends of their lines, moved apart where they would cover each other.
function draw_labels(    n, m, order, swap)
{
	for (n = 1; n <= name_count; n++)
		order[n] = n
	for (n = 1; n <= name_count; n++)
		for (m = n + 1; m <= name_count; m++)
			if (label_y[order[m]] < label_y[order[n]]) {
				swap = order[n]
				order[n] = order[m]
				order[m] = swap
			}
	for (n = 2; n <= name_count; n++)
		if (label_y[order[n]] < label_y[order[n - 1]] + 15)
			label_y[order[n]] = label_y[order[n - 1]] + 15
	for (n = 1; n <= name_count; n++)
		printf "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", width - right + 8,
			label_y[n] + 4, colours[n], names[n]
}

# In proportion to the number: a line to compare with.
function draw_proportion(    y)
{
	if (straight || y_max / x_max * x_min < 10 ^ y_low)
		return
	y = place_y(y_max)
	line(place_x(x_min), place_y(y_max / x_max * x_min), place_x(x_max), y,
		"stroke=\"#999\" stroke-dasharray=\"3 4\"")
	text(place_x(x_min) + 6, place_y(y_max / x_max * x_min) - 10, "start", "in proportion")
}

BEGIN {
	FS = "\t"
	width = 720
	height = 420
	left = 70
	right = 110
	top = 50
	bottom = 50
	split("#777777 #000000 #0a7d33 #1f5fbf #c0392b", colours, " ")
}

$1 == "scenario" && $2 == key { title = $4 }
$1 == "result" && $2 == key {
	if (!($4 in seen)) {
		seen[$4] = 1
		names[++name_count] = $4
	}
	if (!($3 in seen_x)) {
		seen_x[$3] = 1
		xs[++x_count] = $3 + 0
	}
	value[$4, $3 + 0] = $5
	if (!y_min || $5 < y_min)
		y_min = $5 + 0
	if ($5 > y_max)
		y_max = $5 + 0
}

END {
	x_min = xs[1]
	x_max = xs[x_count]
	straight = x_min == 0
	y_low = int(log10(y_min))
	y_high = int(log10(y_max)) + 1
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" " \
		"font-family=\"sans-serif\" font-size=\"12\">\n", width, height
	printf "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
	draw_axes()
	draw_proportion()
	for (n = 1; n <= name_count; n++)
		draw_candidate(n)
	draw_labels()
	printf "</svg>\n"
}
