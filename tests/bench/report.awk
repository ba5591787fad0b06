# Print the results of a bench as a table.
#
# The lines, with tabs between the fields; run and measure.c write them:
#
#   about NAME VALUE
#   scenario KEY UNIT TITLE
#   skipped KEY WHY
#   result KEY X CANDIDATE MEDIAN BEST TENTH ROUNDS FLOOR FLOOR_BEST BARE BWRAP
#   goal KEY X CANDIDATE YARDSTICK MAXIMUM
#
# X: how many mounts or rules, or "-".  A goal is a greatest ratio, to the floor or to bwrap; with
# the yardstick "nothing", a greatest value.

function decimals(value)
{
	return sprintf(value < 100 && value != int(value) ? "%.1f" : "%.0f", value)
}

function ratio(value)
{
	if (value == "-")
		return "-"
	return sprintf(value < 0.1 ? "%.4f" : "%.2f", value)
}

function say_goal(id,    value, text)
{
	if (!(id in maximum))
		return ""
	value = yardstick[id] == "floor" ? floor[id] : yardstick[id] == "bwrap" ? bwrap[id] : median[id]
	text = yardstick[id] == "nothing" ? "goal " maximum[id] \
		: sprintf("goal %s x %s", maximum[id], yardstick[id])
	return text (value + 0 <= maximum[id] + 0 ? ", met" : ", MISSED")
}

function print_scenario(key,    i, id, part, line)
{
	printf "\n%s\n", title[key]
	if (key in skipped) {
		printf "  skipped: %s\n", skipped[key]
		return
	}
	printf "  %-22s %15s %9s %6s %8s %8s %8s %8s\n", "", "median " unit[key], "best", "rounds",
		"x floor", "by best", "x bare", "x bwrap"
	for (i = 1; i <= count[key]; i++) {
		id = ids[key, i]
		split(id, part, SUBSEP)
		line = sprintf("  %-22s %15s %9s %6s %8s %8s %8s %8s  %s",
			(part[2] == "-" ? "" : part[2] ": ") part[3], decimals(median[id]),
			decimals(best[id]), rounds[id], ratio(floor[id]), ratio(floor_best[id]),
			ratio(bare[id]), ratio(bwrap[id]), say_goal(id))
		sub(/ +$/, "", line)
		print line
	}
}

BEGIN { FS = "\t" }

$1 == "about" { printf "%s%s: %s", (NR > 1 ? "; " : ""), $2, ($3 == "" ? "none" : $3) }
$1 == "scenario" { keys[++scenarios] = $2; unit[$2] = $3; title[$2] = $4 }
$1 == "skipped" { skipped[$2] = $3 }
$1 == "result" {
	id = $2 SUBSEP $3 SUBSEP $4
	ids[$2, ++count[$2]] = id
	median[id] = $5
	best[id] = $6
	rounds[id] = $8
	floor[id] = $9
	floor_best[id] = $10
	bare[id] = $11
	bwrap[id] = $12
}
$1 == "goal" {
	id = $2 SUBSEP $3 SUBSEP $4
	yardstick[id] = $5
	maximum[id] = $6
}

END {
	printf "\n"
	for (i = 1; i <= scenarios; i++)
		print_scenario(keys[i])
	printf "\n"
}
