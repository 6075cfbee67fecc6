package sla

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// ical is a file with the given lines of events.
func ical(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//holidays//EN\r\n" + strings.Join(events, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

func vevent(lines ...string) string {
	return "BEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT"
}

// closedIn are the days that text closes up to a year.
func closedIn(t *testing.T, text string, until int) []string {
	t.Helper()
	days, _, refused := Holidays(text)
	if refused != nil {
		t.Fatal(*refused)
	}
	var dates []string
	for _, d := range days {
		if d.Date < fmt.Sprint(until+1) {
			dates = append(dates, d.Date)
		}
	}
	return dates
}

func TestAFileOfHolidaysClosesItsWholeDays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		events string
		until  int
		want   []string
	}{
		{"a day", vevent("DTSTART;VALUE=DATE:20261225"), 2100, []string{"2026-12-25"}},
		{"a day that somebody wrote without VALUE", vevent("DTSTART:20261225"), 2100, []string{"2026-12-25"}},
		{"the end is no longer part of it", vevent("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"), 2100, []string{"2026-12-24", "2026-12-25", "2026-12-26"}},
		{"an end on the day itself is one day", vevent("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225"), 2100, []string{"2026-12-25"}},
		{"a duration of days", vevent("DTSTART;VALUE=DATE:20270413", "DURATION:P3D"), 2100, []string{"2027-04-13", "2027-04-14", "2027-04-15"}},
		{"of weeks, over the new year", vevent("DTSTART;VALUE=DATE:20261229", "DURATION:P1W"), 2100,
			[]string{"2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"}},
		{"every year by date", vevent("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=YEARLY"), 2028, []string{"2026-01-01", "2027-01-01", "2028-01-01"}},
		{"on a leap day", vevent("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY"), 2032, []string{"2024-02-29", "2028-02-29", "2032-02-29"}},
		{"the fourth Thursday of November", vevent("DTSTART;VALUE=DATE:20261126", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), 2028, []string{"2026-11-26", "2027-11-25", "2028-11-23"}},
		{"the last Monday of May", vevent("DTSTART;VALUE=DATE:20260525", "RRULE:FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5"), 2028, []string{"2026-05-25", "2027-05-31", "2028-05-29"}},
		{"so often", vevent("DTSTART;VALUE=DATE:20260325", "RRULE:FREQ=YEARLY;COUNT=2"), 2100, []string{"2026-03-25", "2027-03-25"}},
		{"until a day, which is part of it", vevent("DTSTART;VALUE=DATE:20260325", "RRULE:FREQ=YEARLY;UNTIL=20270325"), 2100, []string{"2026-03-25", "2027-03-25"}},
		{"every second year", vevent("DTSTART;VALUE=DATE:20260325", "RRULE:FREQ=YEARLY;INTERVAL=2"), 2030, []string{"2026-03-25", "2028-03-25", "2030-03-25"}},
		{"the last day of two months", vevent("DTSTART;VALUE=DATE:20260228", "RRULE:FREQ=YEARLY;BYMONTH=2,6;BYMONTHDAY=-1;COUNT=4"), 2100,
			[]string{"2026-02-28", "2026-06-30", "2027-02-28", "2027-06-30"}},
		{"the first day of a rule counts though the rule has it not", vevent("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=2"), 2100, []string{"2026-05-01", "2026-05-04"}},
		{"more days", vevent("DTSTART;VALUE=DATE:20260501", "RDATE;VALUE=DATE:20260601,20260701"), 2100, []string{"2026-05-01", "2026-06-01", "2026-07-01"}},
		{"save some", vevent("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;COUNT=3", "EXDATE;VALUE=DATE:20270501"), 2100, []string{"2026-05-01", "2028-05-01"}},
		{"one year's moved", vevent("UID:may", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;COUNT=2") + "\r\n" +
			vevent("UID:may", "RECURRENCE-ID;VALUE=DATE:20270501", "DTSTART;VALUE=DATE:20270503"), 2100, []string{"2026-05-01", "2027-05-03"}},
		{"one year's cancelled", vevent("UID:may", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY;COUNT=2") + "\r\n" +
			vevent("UID:may", "RECURRENCE-ID;VALUE=DATE:20270501", "DTSTART;VALUE=DATE:20270501", "STATUS:CANCELLED"), 2100, []string{"2026-05-01"}},
		{"cancelled", vevent("DTSTART;VALUE=DATE:20260501", "STATUS:CANCELLED"), 2100, nil},
		{"of some hours", vevent("DTSTART;TZID=Europe/Athens:20260501T090000", "DTEND;TZID=Europe/Athens:20260501T120000"), 2100, nil},
		{"what else is in a file is no matter", "X-WR-CALNAME:Days\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Athens\r\nBEGIN:STANDARD\r\nDTSTART:19701025T040000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
			vevent("DTSTART;VALUE=DATE:20261225", "BEGIN:VALARM", "TRIGGER:-P1D", "END:VALARM", "TRANSP:TRANSPARENT", `ATTENDEE;CN="A: B;C":mailto:a@example.org`), 2100, []string{"2026-12-25"}},
		{"two of one day are one day", vevent("DTSTART;VALUE=DATE:20261225") + "\r\n" + vevent("DTSTART;VALUE=DATE:20261225"), 2100, []string{"2026-12-25"}},
	} {
		if diff := cmp.Diff(tt.want, closedIn(t, ical(tt.events), tt.until)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestFoldedLinesAreReadAsOneAndNamesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	text := "\ufeff" + strings.ReplaceAll(ical("BEGIN:VEVENT", "SUMMARY:Mary\\, the\r\n  feast \r\n\tday\\; all", "DTSTART;VALUE=\r\n DATE:2026\r\n 0815", "END:VEVENT"), "\r\n", "\n")
	days, _, refused := Holidays(text)
	if refused != nil || len(days) != 1 || days[0] != (Holiday{"2026-08-15", "Mary, the feast day; all"}) {
		t.Errorf("%v %v", days, refused)
	}
}

func TestWhatAFileOfHolidaysLeavesOutItSays(t *testing.T) {
	t.Parallel()
	_, notes, refused := Holidays(ical(vevent("SUMMARY:Half a day", "DTSTART:20261224T120000"), vevent("SUMMARY:Off", "DTSTART;VALUE=DATE:20261225", "STATUS:CANCELLED")))
	if refused != nil || len(notes) != 2 || notes[0].Line != 4 || !strings.Contains(notes[0].Text, `"Half a day" is of some hours`) ||
		notes[1].Line != 8 || !strings.Contains(notes[1].Text, "cancelled") {
		t.Errorf("%v %v", notes, refused)
	}
}

func TestAFileOfHolidaysThatDoesNotParseIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	event := func(lines ...string) string { return ical(vevent(lines...)) }
	for _, tt := range []struct {
		text string
		line int
		want string
	}{
		{"", 1, "no VCALENDAR"},
		{"hello", 1, "NAME:VALUE"},
		{"BEGIN:VEVENT\nEND:VEVENT\n", 1, "BEGIN:VCALENDAR"},
		{"X-A:b\n", 1, "BEGIN:VCALENDAR"},
		{"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VCALENDAR\n", 4, "without its BEGIN"},
		{"BEGIN:VCALENDAR\n\nBEGIN:VEVENT\n", 3, "without its END"},
		{"END:VCALENDAR\n", 1, "without its BEGIN"},
		{event("SUMMARY:x"), 4, "no DTSTART"},
		{event("DTSTART;VALUE=DATE:20261325"), 5, "not a date"},
		{event("DTSTART;VALUE=DATE:20260229"), 5, "not a date"},
		{event("DTSTART;VALUE=DATE:tomorrow"), 5, "not a date"},
		{event("DTSTART:2026-12-25"), 5, "no instant"},
		{event("DTSTART;VALUE=PERIOD:20261225"), 5, "neither DATE"},
		{event("DTSTART;VALUE=DATE:20261225", "DTSTART;VALUE=DATE:20261226"), 6, "twice"},
		{event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261224"), 6, "ends before"},
		{event("DTSTART;VALUE=DATE:20261225", "DTEND:20261226T000000"), 6, "not a date"},
		{event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226", "DURATION:P1D"), 7, "a DTEND and a DURATION"},
		{event("DTSTART;VALUE=DATE:20261225", "DURATION:PT4H"), 6, "DURATION"},
		{event("DTSTART;VALUE=DATE:20261225", "DURATION:P"), 6, "DURATION"},
		{event("DTSTART;VALUE=DATE:20261225", "DURATION:-P1D"), 6, "DURATION"},
		{event("DTSTART;VALUE=DATE:20261225", "DURATION:P900D"), 4, "longer than a year"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=WEEKLY"), 6, "only YEARLY"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:INTERVAL=1"), 6, "no FREQ"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;COUNT=0"), 6, "number"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;INTERVAL=0"), 6, "number"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;COUNT=2;UNTIL=20300101"), 6, "exclude"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;BYDAY=4XX"), 6, "weekday"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;BYDAY=0MO"), 6, "weekday"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;BYMONTH=13"), 6, "number"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;BYSETPOS=1"), 6, "not understood"},
		{event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY;FREQ=YEARLY"), 6, "once"},
		{event("DTSTART;VALUE=DATE:20261225", "EXRULE:FREQ=YEARLY"), 6, "EXRULE"},
		{event("DTSTART;VALUE=DATE:20261225", "RDATE;VALUE=PERIOD:20261225T000000Z/P1D"), 6, "not a date"},
		{event("DTSTART;VALUE=DATE:20261225", "EXDATE:20261225T000000Z"), 6, "not a date"},
		{event("DTSTART;VALUE=DATE:20261225", `X-A;B="c:d`), 6, "NAME:VALUE"},
		{event("DTSTART;VALUE=DATE:20261225", "SUMMARY:\xff"), 6, "UTF-8"},
		{event("DTSTART;VALUE=DATE:20261225", "SUMMARY"), 6, "NAME:VALUE"},
	} {
		_, _, refused := Holidays(tt.text)
		if refused == nil || refused.Line != tt.line || !strings.Contains(refused.Text, tt.want) {
			t.Errorf("%q: %v, want line %d with %q", tt.text, refused, tt.line, tt.want)
		}
	}
}

func TestAPolicysCalendarTakesHolidays(t *testing.T) {
	t.Parallel()
	const head = `calendars:
  office:
    zone: Europe/Athens
    week: {thu: ["09:00-18:00"], fri: ["09:00-18:00"]}
    dates: {2026-12-25: ["10:00-11:00"]}
    holidays: |
      BEGIN:VCALENDAR
      BEGIN:VEVENT
      SUMMARY:A long
        name
      DTSTART;VALUE=DATE:20261224
      DURATION:P2D
      END:VEVENT
`
	const tail = `      END:VCALENDAR
plans: {default: {calendar: office}}
`
	p, mistakes := document(t, head+"      BEGIN:VEVENT\n      DTSTART:20261231T090000\n      END:VEVENT\n"+tail)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	opens := p.Opens("office", time.Date(2026, 12, 23, 20, 0, 0, 0, time.UTC))
	if want := time.Date(2026, 12, 25, 8, 0, 0, 0, time.UTC); !opens.Equal(want) {
		t.Errorf("opens at %v, want %v: what dates says wins over a holiday", opens, want)
	}
	if got := p.Doubts(); len(got) != 1 || got[0].Line != 14 {
		t.Errorf("doubts %v, want one on line 14", got)
	}
	_, mistakes = document(t, head+"      BEGIN:VEVENT\n      DTSTART;VALUE=DATE:20261332\n      END:VEVENT\n"+tail)
	if len(mistakes) != 1 || mistakes[0].Line != 15 || !strings.Contains(mistakes[0].Text, "calendar office: holidays: ") {
		t.Errorf("mistakes %v, want one on line 15", mistakes)
	}
}

func FuzzHolidays(f *testing.F) {
	f.Add(ical(vevent("SUMMARY:Day", "DTSTART;VALUE=DATE:20261126", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH")))
	f.Add(ical(vevent("UID:a", "DTSTART;VALUE=DATE:20261126", "RDATE:20270101,20280101", "EXDATE:20270101", "DURATION:P2D")))
	f.Fuzz(func(t *testing.T, text string) {
		days, _, refused := Holidays(text)
		if refused != nil {
			if refused.Line < 1 || refused.Line > strings.Count(text, "\n")+1 || refused.Text == "" {
				t.Errorf("%q: refused with %v", text, *refused)
			}
			return
		}
		last := ""
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d.Date); err != nil || d.Date <= last {
				t.Errorf("%q: %v after %s", text, d, last)
			}
			last = d.Date
		}
	})
}

func TestAFileOfHolidaysIsReadInAMomentWhateverItSays(t *testing.T) {
	t.Parallel()
	// Each of these took a minute or more while its lines, its events or its days were
	// gone through for each other.
	event := func(lines string) string { return "BEGIN:VEVENT\nUID:a\nDTSTART:20260101\n" + lines + "END:VEVENT\n" }
	for name, tt := range map[string]struct{ events, refused string }{
		"a line folded at every letter": {event("SUMMARY:x\n" + strings.Repeat(" y\n", 340_000)), ""},
		"instances of one event":        {strings.Repeat(event("")+event("RECURRENCE-ID:20260102\n"), 6000), ""},
		"rules":                         {strings.Repeat(event("RRULE:FREQ=YEARLY\n"), 9000), "more than 1000 events come again every year"},
		"the same days":                 {strings.Repeat(event("DURATION:P200D\n"), 9000), "days are closed more than 200000 times"},
		"weekdays":                      {event("RRULE:FREQ=YEARLY;BYDAY=MO" + strings.Repeat(",TU", 101) + "\n"), "RRULE: BYDAY: more than 100"},
		"days of the month":             {event("RRULE:FREQ=YEARLY;BYMONTHDAY=1" + strings.Repeat(",2", 101) + "\n"), "RRULE: more than 100 numbers"},
		"a rule without an end in time": {event("RRULE:FREQ=YEARLY;COUNT=1000000000\n"), `RRULE: "1000000000" is not a number from 1 to 20000`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, refused := Holidays("BEGIN:VCALENDAR\n" + tt.events + "END:VCALENDAR\n")
			if got := refused; (got == nil) != (tt.refused == "") || got != nil && got.Text != tt.refused {
				t.Errorf("refused: %v, want %q", got, tt.refused)
			}
		})
	}
}

func TestOneFileOfHolidaysBehindManyAliasesIsNotReadForEver(t *testing.T) {
	t.Parallel()
	var doc yaml.Node
	file := "    BEGIN:VCALENDAR\n" + strings.Repeat("    X-LINE:"+strings.Repeat("y", 90)+"\n", 6000) + "    END:VCALENDAR\n"
	document := "a:\n  zone: UTC\n  week: {mon: [\"09:00-17:00\"]}\n  holidays: &file |\n" + file + "b: {zone: UTC, week: {mon: [\"09:00-17:00\"]}, holidays: *file}\n"
	for n := range 199 {
		document += fmt.Sprintf("c%d: {zone: UTC, week: {mon: [\"09:00-17:00\"]}}\n", n)
	}
	if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	_, mistakes := DecodeCalendars(doc.Content[0])
	var said []string
	for _, m := range mistakes {
		said = append(said, m.Text)
	}
	if diff := cmp.Diff([]string{"calendar b: holidays: those of all calendars have more than 1048576 bytes", "calendars: there are more than 200"}, said); diff != "" {
		t.Error(diff)
	}
}
