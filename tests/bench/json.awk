# Write the results of a bench as JSON; report.awk says what the lines are.

function quote(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	gsub(/[\001-\037]/, " ", text)
	return "\"" text "\""
}

function number(text)
{
	return text == "-" ? "null" : text
}

function member(list, text)
{
	return list == "" ? text : list ",\n" text
}

BEGIN { FS = "\t" }

$1 == "about" { about = member(about, sprintf("    %s: %s", quote($2), quote($3))) }
$1 == "scenario" {
	unit[$2] = $3
	scenarios = member(scenarios, sprintf("    {\"key\": %s, \"unit\": %s, \"title\": %s}",
		quote($2), quote($3), quote($4)))
}
$1 == "skipped" {
	skipped = member(skipped, sprintf("    {\"scenario\": %s, \"why\": %s}", quote($2), quote($3)))
}
$1 == "result" {
	results = member(results, sprintf("    {\"scenario\": %s, \"x\": %s, \"candidate\": %s, " \
		"\"median\": %s, \"best\": %s, \"tenth\": %s, \"rounds\": %s, \"ratio\": " \
		"{\"floor\": %s, \"floor_best\": %s, \"bare\": %s, \"bwrap\": %s}}",
		quote($2), number($3), quote($4), $5, $6, $7, $8, number($9), number($10),
		number($11), number($12)))
}
$1 == "goal" {
	goals = member(goals, sprintf("    {\"scenario\": %s, \"x\": %s, \"candidate\": %s, " \
		"\"yardstick\": %s, \"maximum\": %s}", quote($2), number($3), quote($4), quote($5), $6))
}

END {
	printf "{\n  \"about\": {\n%s\n  },\n", about
	printf "  \"scenarios\": [\n%s\n  ],\n", scenarios
	printf "  \"skipped\": [\n%s\n  ],\n", skipped
	printf "  \"goals\": [\n%s\n  ],\n", goals
	printf "  \"results\": [\n%s\n  ]\n}\n", results
}
