package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// print writes the report as a table for people.
func (r report) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	group := func(title string) { fmt.Fprintf(w, "\n%s\n", title) }

	fmt.Fprintf(w, "commit %s on %s, %s, %.0f s\nThe machine is shared: compare ratios and counts, not times.\n", r.Commit, r.Machine, r.Emulator, r.Took)

	d := r.Webhook
	group(fmt.Sprintf("The door: %d connections, %d bytes, beside a floor that checks the HMAC and decodes", d.Connected, d.BodyBytes))
	row("accepted", "%.0f/s, floor %.0f/s: %.2f of it", d.Accepted, d.Floor, d.Ratio)
	row("latency", "p50 %.2f ms, p99 %.2f ms; floor %.2f, %.2f", d.P50, d.P99, d.FloorP50, d.FloorP99)
	row("CPU for 1,000", "%.3f s, floor %.3f s: %.2f times", d.CPU, d.FloorCPU, d.CPURatio)

	group("One event in one process")
	for _, step := range []string{"verify", "split", "parse", "classify"} {
		row(step, "%s", r.Steps[step])
	}
	row("together", "%.1f µs, %d allocations", r.Whole/1000, r.WholeAllocs)
	for _, lang := range slices.Sorted(maps.Keys(r.ByLanguage)) {
		row("classify "+lang, "%s", r.ByLanguage[lang])
	}
	row("deadline", "%s", r.Deadline)
	row(fmt.Sprintf("fold of %d entries", foldEntries), "%s", r.Fold)
	row("what its clocks did", "%s", r.Ticks)

	group("Split and read a plain text of 1.5 KB")
	for _, channel := range slices.Sorted(maps.Keys(r.Platforms.Plain)) {
		ns, allocs := total(r.Platforms.Plain[channel])
		row(channel, "%.1f µs, %d allocations", ns/1000, allocs)
	}
	b := r.Platforms.Batch
	row(fmt.Sprintf("%d changes, %.1f MB", b.Changes, float64(b.Bytes)/1e6), "split in %.1f ms, %.1f MB; at the door %.0f ms, %.0f MB in all, %s",
		b.Split.NS/1e6, float64(b.Split.Bytes)/1e6, b.DoorMS, float64(b.DoorBytes)/1e6, counts(b.Calls))

	group("One message in triage (low: one that can wait)")
	row("", "calls\twrite units\tread units\t")
	for _, name := range []string{"new", "appended", "duplicate", "new_low", "new_comment", "appended_comment"} {
		row(strings.ReplaceAll(name, "_", " "), "%d\t%d\t%.1f\t%s", r.Calls[name], r.WriteUnits[name], r.ReadUnits[name], counts(r.CallsOf[name]))
	}
	row("at the door", "%d\t%d\t\t%s, for a webhook", r.DoorCalls["SendMessageBatch"]+r.DoorCalls["PutItem"], r.DoorWrites, counts(r.DoorCalls))
	for _, c := range r.Writes["new"] {
		row("  written when new", "%s\t%d\t\t%d bytes", c.What, c.Units, c.Bytes)
	}

	group("A million new messages, by list prices")
	for _, name := range slices.SortedFunc(maps.Keys(r.Items), func(a, b string) int { return cmp.Compare(r.Items[b], r.Items[a]) }) {
		row(name, "$%.2f", r.Items[name])
	}
	row("together", "$%.2f critical, $%.2f low, ten in a batch; $%.2f critical and each alone", r.USD, r.Low, r.Alone)

	group("Binaries")
	row("", "MB\tinit ms\tcold ms\twarm ms")
	for _, name := range slices.Sorted(maps.Keys(r.Binaries)) {
		b := r.Binaries[name]
		row(name, "%.1f\t%.1f\t%.1f\t%.1f", float64(b.Bytes)/1e6, b.InitMS, b.ColdMS, b.WarmMS)
	}

	group("A sweep with nothing due")
	for _, open := range slices.SortedFunc(maps.Keys(r.Units), numerically) {
		row(open+" open", "%d queries, %.1f read units", r.Queries[open], r.Units[open])
	}

	group("The whole desk")
	row("up after", "%.1f s", r.UpAfter)
	row("posted until visible", "p50 %.0f ms, p99 %.0f ms of %d", r.Visible.P50, r.Visible.P99, r.Visible.N)
	row("breach until acted on", "p50 %.2f s, p99 %.2f s of %d", r.Lateness.P50, r.Lateness.P99, r.Lateness.N)
	r.Engine.print(w)
	return w.Flush()
}

// print writes what the console's pages cost as a table for people.
func (r consoleReport) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	fmt.Fprintf(w, "commit %s on %s, %s, load %s, %.0f s\n", r.Commit, r.Machine, r.Emulator, r.Load, r.Took)
	page := func(what string, f pageFigures) {
		row(what, "p50 %.1f ms, p99 %.1f ms of %d; %d calls, %.1f read units; %d bytes, %d packed", f.Took.P50, f.Took.P99, f.Took.N, f.Calls, f.Units, f.Bytes, f.Gzip)
	}
	page(fmt.Sprintf("inbox, 50 of %d", r.Tickets), r.Inbox)
	page(fmt.Sprintf("ticket of %d messages", manySaid), r.Ticket)
	row("counting all lists once", "%.1f read units", r.Counts)
	row("poll without news", "%d bytes; alone with a list %.1f read units, %.1f with a share of the counts", r.Poll.Bytes, r.Poll.Alone, r.Poll.WithCounts)
	row(fmt.Sprintf("%d agents for %.0f s", r.Watch.Agents, r.Watch.Over), "%d polls, %d with a page; p50 %.1f ms, p99 %.1f ms; %d calls, %.0f read units, %.2f a poll; %.1f s of processor time",
		r.Watch.Polls, r.Watch.News, r.Watch.Took.P50, r.Watch.Took.P99, r.Watch.Calls, r.Watch.Units, r.Watch.PerPoll, r.Watch.CPU)
	row("binary", "%.1f MB, asks for work after %.0f ms, first answer after %.0f ms, then %.1f ms", float64(r.Binary.Bytes)/1e6, r.Binary.InitMS, r.Binary.ColdMS, r.Binary.WarmMS)
	return w.Flush()
}

func (w work) String() string {
	return fmt.Sprintf("%.2f µs, %d allocations, %d bytes", w.NS/1000, w.Allocs, w.Bytes)
}

// counts are numbers by name, sorted by name.
func counts(of map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, fmt.Sprintf("%d %s", of[name], name))
	}
	return strings.Join(all, ", ")
}

func numerically(a, b string) int {
	n, _ := strconv.Atoi(a)
	m, _ := strconv.Atoi(b)
	return cmp.Compare(n, m)
}
