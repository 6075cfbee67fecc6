package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDeadlineDoesWhatEachSentenceSays goes through what outsiders were promised of
// `skala deadline`, sentence by sentence. A case is a line without its id; want is the
// deadline, or a part of the reason for which it is refused.
func TestDeadlineDoesWhatEachSentenceSays(t *testing.T) {
	t.Parallel()
	const allDay = `"week":{"mon":["00:00-24:00"],"tue":["00:00-24:00"],"wed":["00:00-24:00"],"thu":["00:00-24:00"],"fri":["00:00-24:00"],"sat":["00:00-24:00"],"sun":["00:00-24:00"]}`
	on := func(calendar, start, target string) string {
		return `"calendar":` + calendar + `,"start":"` + start + `","target":"` + target + `"`
	}
	zone := func(name, rest string) string { return `{"zone":"` + name + `",` + rest + `}` }
	paused := func(line, pauses string) string { return line + `,"pauses":` + pauses }
	noon := "2026-05-13T12:00:00Z" // a Wednesday
	for _, tt := range []struct {
		sentence string
		cases    [][2]string // line, want
	}{
		{"null is around the clock", [][2]string{
			{on("null", "2026-10-24T22:00:00Z", "8h30m"), "2026-10-25T06:30:00Z"},
			{on("null", "2028-02-28T23:00:00Z", "25h"), "2028-03-01T00:00:00Z"},
		}},
		{"Instants are RFC 3339, to the second", [][2]string{
			{on("null", "2026-05-13T12:00:00+05:30", "1s"), "2026-05-13T06:30:01Z"},
			{on("null", "2026-05-13T12:00:00-00:00", "1s"), "2026-05-13T12:00:01Z"},
			{on("null", "2026-05-13T12:00:00.000Z", "1s"), "start"},
			{on("null", "2026-05-13T12:00Z", "1s"), "start"},
			{on("null", "2026-05-13", "1s"), "start"},
			{on("null", "2026-05-13T23:59:60Z", "1s"), "start"},
			{on("null", "2026-05-13T12:00:00+02", "1s"), "start"},
			{on("null", "2026-06-31T12:00:00Z", "1s"), "start"},
			{on("null", " 2026-05-13T12:00:00Z", "1s"), "start"},
		}},
		{"A period ending at or before its start runs overnight and belongs to the day it starts on", [][2]string{
			{on(zone("UTC", `"week":{"wed":["22:00-06:00"]}`), noon, "9h"), "2026-05-20T23:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["22:00-06:00"]}`), "2026-05-14T05:00:00Z", "1h"), "2026-05-14T06:00:00Z"},
			{on(zone("UTC", `"week":{"thu":["22:00-06:00"]}`), "2026-05-14T05:00:00Z", "1h"), "2026-05-14T23:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["09:00-09:00"]}`), noon, "21h"), "2026-05-14T09:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["00:00-00:00"]}`), noon, "12h"), "2026-05-14T00:00:00Z"},
			{on(zone("UTC", `"week":{"sat":["22:00-06:00"]}`), "2026-05-17T00:00:00Z", "6h"), "2026-05-17T06:00:00Z"},
		}},
		{"00:00-24:00 is the whole day", [][2]string{
			{on(zone("UTC", allDay), noon, "48h"), "2026-05-15T12:00:00Z"},
			{on(zone("Europe/Athens", allDay), "2026-10-24T21:00:00Z", "25h"), "2026-10-25T22:00:00Z"},
			{on(zone("Europe/Athens", allDay), "2026-03-28T22:00:00Z", "23h"), "2026-03-29T21:00:00Z"},
		}},
		{"a date's entry replaces that weekday's periods (an overnight period of the day before still runs out)", [][2]string{
			{on(zone("UTC", `"week":{"wed":["09:00-18:00"],"thu":["09:00-18:00"]},"dates":{"2026-05-13":[]}`), noon, "1h"), "2026-05-14T10:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["09:00-18:00"]},"dates":{"2026-05-13":["13:00-13:30"]}`), noon, "31m"), "2026-05-20T09:01:00Z"},
			{on(zone("UTC", `"week":{"wed":["22:00-06:00"],"thu":["22:00-06:00"]},"dates":{"2026-05-14":[]}`), noon, "8h"), "2026-05-14T06:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["22:00-06:00"],"thu":["22:00-06:00"]},"dates":{"2026-05-14":[]}`), noon, "8h1s"), "2026-05-20T22:00:01Z"},
			{on(zone("UTC", `"week":{},"dates":{"2026-05-17":["22:00-02:00"]}`), noon, "4h"), "2026-05-18T02:00:00Z"},
		}},
		{"overlapping periods count once", [][2]string{
			{on(zone("UTC", `"week":{"wed":["12:00-14:00","13:00-15:00","12:30-13:30"]}`), noon, "3h"), "2026-05-13T15:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["12:00-14:00","12:00-14:00"]}`), noon, "2h"), "2026-05-13T14:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["22:00-06:00"],"thu":["04:00-08:00"]}`), noon, "10h"), "2026-05-14T08:00:00Z"},
		}},
		{"a skipped wall time means the instant of the jump", [][2]string{ // Athens skips 03:00 to 04:00 on 29 March: 01:00Z
			{on(zone("Europe/Athens", `"week":{"sun":["03:30-05:00"]}`), "2026-03-29T00:00:00Z", "1h"), "2026-03-29T02:00:00Z"},
			{on(zone("Europe/Athens", `"week":{"sun":["02:00-03:30"]}`), "2026-03-28T22:00:00Z", "1h"), "2026-03-29T01:00:00Z"},
		}},
		{"an ambiguous one its first occurrence as an opening and its second as a closing", [][2]string{ // Athens shows 03:00 to 04:00 twice on 25 October: 00:00Z and 01:00Z
			{on(zone("Europe/Athens", `"week":{"sun":["03:30-05:00"]}`), "2026-10-24T22:00:00Z", "2h30m"), "2026-10-25T03:00:00Z"},
			{on(zone("Europe/Athens", `"week":{"sun":["02:00-03:30"]}`), "2026-10-24T22:00:00Z", "2h30m"), "2026-10-25T01:30:00Z"},
			{on(zone("Europe/Athens", `"week":{"sun":["03:15-03:45"]}`), "2026-10-24T22:00:00Z", "1h30m"), "2026-10-25T01:45:00Z"},
		}},
		{"Time inside a pause does not count; a pause holds its from but not its to", [][2]string{
			{paused(on("null", noon, "1h"), `[["2026-05-13T12:30:00Z","2026-05-13T13:30:00Z"]]`), "2026-05-13T14:00:00Z"},
			{paused(on("null", noon, "1h"), `[["2026-05-13T13:00:00Z","2026-05-13T15:00:00Z"]]`), "2026-05-13T13:00:00Z"},
			{paused(on("null", noon, "1h"), `[["2026-05-13T12:59:59Z","2026-05-13T15:00:00Z"]]`), "2026-05-13T15:00:01Z"},
			{paused(on("null", noon, "1s"), `[["2026-05-13T11:00:00Z","2026-05-13T12:00:00Z"]]`), "2026-05-13T12:00:01Z"},
			{paused(on("null", noon, "1s"), `[["2026-05-13T11:00:00Z","2026-05-13T12:00:01Z"]]`), "2026-05-13T12:00:02Z"},
			{paused(on("null", noon, "1h"), `[["2026-05-13T12:10:00Z","2026-05-13T12:30:00Z"],["2026-05-13T12:20:00Z","2026-05-13T12:40:00Z"],["2026-05-13T12:15:00Z","2026-05-13T12:16:00Z"]]`), "2026-05-13T13:30:00Z"},
			{paused(on("null", noon, "1h"), `[["2026-05-13T12:30:00Z","2026-05-13T12:30:00Z"]]`), "2026-05-13T13:00:00Z"},
			{paused(on("null", noon, "1h"), `[]`), "2026-05-13T13:00:00Z"},
		}},
		{"the deadline is the first instant by which the target has been used up: exactly at closing time it ends there, not at the next opening", [][2]string{
			{on(zone("UTC", `"week":{"wed":["09:00-13:00"],"thu":["09:00-13:00"]}`), noon, "1h"), "2026-05-13T13:00:00Z"},
			{on(zone("UTC", `"week":{"wed":["09:00-13:00"],"thu":["09:00-13:00"]}`), noon, "1h1s"), "2026-05-14T09:00:01Z"},
		}},
		{"A target of zero or less is refused", [][2]string{
			{on("null", noon, "0s"), "target"}, {on("null", noon, "0h0m0s"), "target"}, {on("null", noon, "-5m"), "target"},
		}},
		{"Periods are HH:MM-HH:MM, two digits each", [][2]string{
			{on(zone("UTC", `"week":{"wed":["9:00-18:00"]}`), noon, "1h"), "HH:MM"},
			{on(zone("UTC", `"week":{"wed":["09:00 - 18:00"]}`), noon, "1h"), "HH:MM"},
			{on(zone("UTC", `"week":{"wed":["09:00–18:00"]}`), noon, "1h"), "HH:MM"},
			{on(zone("UTC", `"week":{"wed":["09.00-18.00"]}`), noon, "1h"), "period"},
			{on(zone("UTC", `"week":{"wed":["09:60-18:00"]}`), noon, "1h"), "period"},
			{on(zone("UTC", `"week":{"wed":["09:00-25:00"]}`), noon, "1h"), "period"},
			{on(zone("UTC", `"week":{"wed":["09:00-18:00:00"]}`), noon, "1h"), "HH:MM"},
			{on(zone("UTC", `"week":{"wed":["０９:00-18:00"]}`), noon, "1h"), "HH:MM"},
			{on(zone("UTC", `"week":{"wed":[""]}`), noon, "1h"), "HH:MM"},
		}},
		{"24:00 only closes and is the next day's 00:00 (if ambiguous, its second)", [][2]string{
			{on(zone("UTC", `"week":{"wed":["24:00-06:00"]}`), noon, "1h"), "open"},
			{on(zone("UTC", `"week":{"wed":["09:00-24:01"]}`), noon, "1h"), "period"},
			{on(zone("UTC", `"week":{"wed":["22:00-24:00"]}`), noon, "2h"), "2026-05-14T00:00:00Z"},
			// Havana's clocks went back from 01:00 to 00:00 on 1 November 2026: 05:00Z.
			{on(zone("America/Havana", `"week":{"sat":["23:00-24:00"]}`), "2026-10-31T22:00:00Z", "2h"), "2026-11-01T05:00:00Z"},
		}},
		{"a target is whole hours, minutes and seconds, no days", [][2]string{
			{on("null", noon, "90s"), "2026-05-13T12:01:30Z"}, {on("null", noon, "8h30m"), "2026-05-13T20:30:00Z"}, {on("null", noon, "1h90s"), "2026-05-13T13:01:30Z"},
			{on("null", noon, "1d"), "target"}, {on("null", noon, "1.5h"), "target"}, {on("null", noon, "30m1h"), "target"}, {on("null", noon, "1h1h"), "target"},
			{on("null", noon, "1h 30m"), "target"}, {on("null", noon, "1H"), "target"}, {on("null", noon, "60"), "target"}, {on("null", noon, ""), "target"}, {on("null", noon, "5ms"), "target"},
		}},
		{"Ends are compared as written", [][2]string{
			// 03:30 is before 03:45 as written, though on this day the clocks show 03:30 once more after 03:45.
			{on(zone("Europe/Athens", `"week":{"sun":["03:45-03:30"]}`), "2026-10-24T22:00:00Z", "24h45m"), "2026-10-26T01:30:00Z"},
		}},
		{"a period all of whose wall times are skipped does not open that day", [][2]string{
			{on(zone("Europe/Athens", `"week":{"sun":["03:00-04:00"]}`), "2026-03-28T22:00:00Z", "1h"), "2026-04-05T01:00:00Z"},
			{on(zone("Europe/Athens", `"week":{"sun":["03:15-03:45"]}`), "2026-03-28T22:00:00Z", "30m"), "2026-04-05T00:45:00Z"},
		}},
		{"a date that the zone skips whole keeps its periods: its 22:00-06:00 opens at the jump", [][2]string{ // Apia had no 30 December 2011: the jump is at 10:00Z
			{on(zone("Pacific/Apia", `"week":{},"dates":{"2011-12-30":["22:00-06:00"]}`), "2011-12-29T00:00:00Z", "6h"), "2011-12-30T16:00:00Z"},
			{on(zone("Pacific/Apia", `"week":{},"dates":{"2011-12-30":["09:00-18:00"],"2012-01-02":["09:00-10:00"]}`), "2011-12-29T00:00:00Z", "1h"), "2012-01-01T20:00:00Z"},
		}},
		{"Missing weekdays are closed; dates and pauses may be absent", [][2]string{
			{on(zone("UTC", `"week":{"tue":["09:00-10:00"]}`), noon, "2h"), "2026-05-26T10:00:00Z"},
			{on(zone("UTC", `"week":{},"dates":{"2026-05-20":["09:00-10:00"]}`), noon, "1h"), "2026-05-20T10:00:00Z"},
		}},
		{"A target that what opens within ten years of the start does not use up is refused, around the clock included", [][2]string{
			{on("null", noon, "87672h"), "2036-05-13T12:00:00Z"},
			{on("null", noon, "87672h1s"), "ten years"},
			{on(zone("UTC", `"week":{}`), noon, "1s"), "ten years"},
			{on(zone("UTC", `"week":{},"dates":{"2036-05-13":["00:00-24:00"]}`), noon, "12h"), "2036-05-13T12:00:00Z"},
			{on(zone("UTC", `"week":{},"dates":{"2036-05-14":["00:00-24:00"]}`), noon, "1s"), "ten years"},
			{paused(on("null", noon, "1s"), `[["2020-01-01T00:00:00Z","2040-01-01T00:00:00Z"]]`), "ten years"},
		}},
		{"Anything malformed or unknown anywhere in the line is refused with its reason", [][2]string{
			{on(zone("", `"week":{}`), noon, "1h"), "zone"}, {on(zone("Local", `"week":{}`), noon, "1h"), "zone"}, {on(zone("Europe/Atlantis", `"week":{}`), noon, "1h"), "zone"},
			{on(zone("europe/athens", `"week":{}`), noon, "1h"), "zone"}, {on(zone("../Europe/Athens", `"week":{}`), noon, "1h"), "zone"}, {on(zone("+02:00", `"week":{}`), noon, "1h"), "zone"},
			{on(zone("UTC", `"week":{"Mon":[]}`), noon, "1h"), "weekday"}, {on(zone("UTC", `"week":{"monday":[]}`), noon, "1h"), "weekday"},
			{on(zone("UTC", `"week":{},"dates":{"2026-2-3":[]}`), noon, "1h"), "date"}, {on(zone("UTC", `"week":{},"dates":{"2026-02-29":[]}`), noon, "1h"), "date"},
			{on(zone("UTC", `"week":{},"dates":{"20260203":[]}`), noon, "1h"), "date"}, {on(zone("UTC", `"weeks":{}`), noon, "1h"), "week"},
			{paused(on("null", noon, "1h"), `[["2026-05-13T13:00:00Z","2026-05-13T12:59:59Z"]]`), "pause"},
			{paused(on("null", noon, "1h"), `[["2026-05-13T13:00:00Z"]]`), "pause"}, {paused(on("null", noon, "1h"), `null`), "pauses"},
			{on("null", noon, "1h") + `,"zone":"UTC"`, "zone"}, {on(`"always"`, noon, "1h"), "calendar"}, {on(`{}`, noon, "1h"), "zone"},
			{`"start":"` + noon + `","target":"1h"`, "calendar"}, {`"calendar":null,"target":"1h"`, "start"}, {`"calendar":null,"start":"` + noon + `"`, "target"},
		}},
		{"The deadline is written in UTC", [][2]string{
			{on(zone("Asia/Kathmandu", allDay), "2026-05-13T12:00:00+05:45", "1h"), "2026-05-13T07:15:00Z"},
		}},
	} {
		for _, c := range tt.cases {
			_, stdout, _ := answered(t, `{"id":"x",`+c[0]+`}`+"\n")
			var answer struct{ ID, Deadline, Error string }
			if err := json.Unmarshal([]byte(stdout), &answer); err != nil || answer.ID != "x" {
				t.Fatalf("%s: %s: %v", tt.sentence, stdout, err)
			}
			right := answer.Deadline == c[1] && answer.Error == ""
			if !strings.HasPrefix(c[1], "20") {
				right = answer.Deadline == "" && strings.Contains(answer.Error, c[1])
			}
			if !right {
				t.Errorf("%s:\n%s\nis answered with %s, want %s", tt.sentence, c[0], strings.TrimSpace(stdout), c[1])
			}
		}
	}
}
