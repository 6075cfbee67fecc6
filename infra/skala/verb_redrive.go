package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
)

const redriveUsage = `usage: skala redrive [-url URL] [-token TOKEN] [-queue NAME] -list | -all | ID... | -body ID

Replays what the desk could not read: everything in quarantine, or the events
named. With -queue it gives dead letters back to that queue instead: inbound,
fetch, outbound, due, notices, or tier0 to tier4. Replaying something twice makes nothing twice.

It prints what came of it, a JSON line for each event or each part of all, or
with -list what there is, of long bodies the beginning. -body prints the very
bytes of one that is in quarantine, however many. The exit status is 1 when
something stays: it still can't be read, or was not sent.
` + deskUsage

// queues are those that have dead letters.
var queues = []string{"inbound", "fetch", "outbound", "due", "notices", "tier0", "tier1", "tier2", "tier3", "tier4"}

// redriver is the verb at work.
type redriver struct {
	*remote
	queue  string // of dead letters; empty for the quarantine
	out    *json.Encoder
	stderr io.Writer
	status int
}

func redriveVerb(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("redrive", redriveUsage)
	open := remoteFlags(f)
	queue := f.String("queue", "", "the queue whose dead letters it is about, in place of the quarantine")
	list := f.Bool("list", false, "print what there is, and do nothing")
	all := f.Bool("all", false, "all there is")
	body := f.Bool("body", false, "print the body of the event named, and do nothing")
	if status, ok := parse(f, args, 0, 1_000, stdout, stderr); !ok {
		return status
	}
	if asked := f.NArg() > 0; asked && (*list || *all) || !asked && *list == *all {
		fmt.Fprintf(stderr, "skala redrive: say -list, -all or which\n\n%s", redriveUsage)
		return exitUsage
	}
	if *body && (f.NArg() != 1 || *queue != "") {
		fmt.Fprintf(stderr, "skala redrive: -body is of one that is in quarantine\n\n%s", redriveUsage)
		return exitUsage
	}
	if *queue != "" && !slices.Contains(queues, *queue) {
		fmt.Fprintf(stderr, "skala redrive: there is no queue %q: %s\n", *queue, strings.Join(queues, ", "))
		return exitUsage
	}
	for _, id := range f.Args() {
		if id == "" || id == "." || id == ".." { // of an address these make another, such as that of all
			fmt.Fprintf(stderr, "skala redrive: %q is no id\n\n%s", id, redriveUsage)
			return exitUsage
		}
	}
	to, err := open()
	if err != nil {
		fmt.Fprintf(stderr, "skala redrive: %v\n", err)
		return exitFailed
	}
	r := &redriver{remote: to, queue: *queue, out: json.NewEncoder(stdout), stderr: stderr}
	r.out.SetEscapeHTML(false)
	switch {
	case *body:
		err = to.fetch(ctx, "quarantine/"+url.PathEscape(f.Arg(0))+"/body", stdout)
	case *list && r.queue == "":
		err = r.list(ctx, "quarantine", nil)
	case *list:
		err = r.list(ctx, "dead-letters", url.Values{"queue": {r.queue}, "limit": {"200"}})
	case *all && r.queue == "":
		err = r.replayAll(ctx)
	case *all:
		err = r.redriveAll(ctx)
	default:
		for _, id := range f.Args() {
			err = errors.Join(err, r.one(ctx, id))
		}
	}
	if err != nil {
		fmt.Fprintf(stderr, "skala redrive: %v\n", err)
		return exitFailed
	}
	return r.status
}

// stays says what was not redriven, which the exit status tells too.
func (r *redriver) stays(format string, args ...any) {
	r.status = exitFailed
	fmt.Fprintf(r.stderr, "skala redrive: "+format+"\n", args...)
}

// list prints the items of a list, all of its pages.
func (r *redriver) list(ctx context.Context, path string, query url.Values) error {
	for cursor := ""; ; {
		var page struct {
			Items []json.RawMessage
			Next  string
		}
		if query == nil {
			query = url.Values{}
		}
		query.Set("cursor", cursor)
		if err := r.ask(ctx, "GET", path, query, nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := r.out.Encode(item); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

func (r *redriver) one(ctx context.Context, id string) error {
	if r.queue != "" {
		var out desk.Redriven
		if err := r.ask(ctx, "POST", "dead-letters/redrive", nil, map[string]any{"queue": r.queue, "id": id}, &out); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		return r.out.Encode(out)
	}
	var out desk.Replay
	if err := r.ask(ctx, "POST", "quarantine/"+url.PathEscape(id)+"/replay", nil, nil, &out); err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	if out.Outcome == desk.ReplayUnreadable {
		r.stays("%s: still can't be read: %s", id, out.Reason)
	}
	return r.out.Encode(out)
}

// replayAll goes through the quarantine once, part by part.
func (r *redriver) replayAll(ctx context.Context) error {
	for cursor := ""; ; {
		var out desk.Replays
		if err := r.ask(ctx, "POST", "quarantine/replay", url.Values{"cursor": {cursor}}, nil, &out); err != nil {
			return err
		}
		if err := r.out.Encode(out); err != nil {
			return err
		}
		if out.Unreadable > 0 || out.Failed > 0 {
			r.stays("%d still can't be read, %d were not sent", out.Unreadable, out.Failed)
		}
		if cursor = out.Next; cursor == "" {
			return nil
		}
	}
}

// redriveAll goes on as long as something is sent back.
func (r *redriver) redriveAll(ctx context.Context) error {
	for {
		var out desk.Redriven
		if err := r.ask(ctx, "POST", "dead-letters/redrive", nil, map[string]any{"queue": r.queue, "all": true}, &out); err != nil {
			return err
		}
		if err := r.out.Encode(out); err != nil {
			return err
		}
		switch {
		case out.Failed > 0:
			r.stays("%d were not sent", out.Failed)
			return nil
		case out.Remaining == 0 || out.Redriven == 0: // what others look at is theirs for half a minute
			return nil
		}
	}
}
