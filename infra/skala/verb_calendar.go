package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/skala/shared/sla"
)

const calendarUsage = `usage: skala calendar [-from YEAR] [-to YEAR] FILE.ics

Lists the days that an iCalendar file of holidays closes, as the dates of a policy's calendar to paste:
  dates:
    2026-12-25: [] # Friday: Christmas Day
A policy may hold the file itself instead, under calendars.NAME.holidays. Read are whole-day events with
DTEND or DURATION, yearly RRULEs, RDATE, EXDATE and single instances that were moved or cancelled. What is
left out (events of some hours, cancelled ones) is said on standard error; a file that cannot be read is
refused as file:line: reason, and the exit status is 1.

  -from YEAR  the first year to list (default this year)
  -to YEAR    the last one (default two years after -from)`

// calendarVerb lists what a file of holidays closes.
func calendarVerb(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("calendar", calendarUsage)
	from := f.Int("from", time.Now().Year(), "")
	to := f.Int("to", 0, "")
	if status, ok := parse(f, args, 1, 1, stdout, stderr); !ok {
		return status
	}
	if *to == 0 {
		*to = *from + 2
	}
	if *from < 1 || *to < *from || *to > 9999 {
		fmt.Fprintf(stderr, "skala calendar: the years from %d to %d are none\n", *from, *to)
		return exitUsage
	}
	text, err := os.ReadFile(f.Arg(0))
	if err != nil {
		fmt.Fprintf(stderr, "skala calendar: %v\n", err)
		return exitFailed
	}
	days, notes, refused := sla.Holidays(string(text))
	if refused != nil {
		fmt.Fprintf(stderr, "%s:%d: %s\n", f.Arg(0), refused.Line, refused.Text)
		return exitFailed
	}
	for _, n := range notes {
		fmt.Fprintf(stderr, "note: %s:%d: %s\n", f.Arg(0), n.Line, n.Text)
	}
	listed := 0
	for _, d := range days {
		date, err := time.Parse(time.DateOnly, d.Date)
		if err != nil {
			fmt.Fprintf(stderr, "skala calendar: %v\n", err)
			return exitFailed
		}
		if date.Year() < *from || date.Year() > *to {
			continue
		}
		if listed++; listed == 1 {
			fmt.Fprintln(stdout, "dates:")
		}
		fmt.Fprintf(stdout, "  %s: [] # %s: %s\n", d.Date, date.Weekday(), d.Name)
	}
	if listed == 0 {
		fmt.Fprintf(stderr, "note: %s: no day from %d to %d is closed\n", f.Arg(0), *from, *to)
	}
	return exitOK
}
