package dynamotest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/skala/shared/desk"
)

// Suite runs what every store must do against stores that open returns, each of
// them empty.
func Suite(t *testing.T, open func(*testing.T) Store) {
	tests := []struct {
		name string
		run  func(*testing.T, *story)
	}{
		{"a message makes a ticket that is found by id, by list and by what is due", aMessageMakesATicket},
		{"an author's next message is the same ticket's", aNextMessage},
		{"two people under one post have two tickets", twoPeople},
		{"ten who append to one thread at once make one ticket with all they said", racingAppends},
		{"one message committed by ten at once stands once", racingDuplicates},
		{"a duplicate stays one whatever became of the ticket", duplicates},
		{"a change of a ticket that moved on is stale", stale},
		{"what two tickets have to do with one another is written on both or on neither", twoTickets},
		{"of ten who claim a ticket at once one gets it", racingClaims},
		{"a message after the end makes the thread's next ticket and keeps the one before", successor},
		{"everything a ticket and its entries hold comes back", everything},
		{"what is given and what is got is the caller's to change", nobodysElse},
		{"a breach is written once", breachOnce},
		{"the log says what each step of a chain did and whom it told", chainTold},
		{"a reply is found by its key and shows how far it got", replies},
		{"the same key again is the same reply", sameReply},
		{"a message of the thread is found by its platform's id", byPlatformID},
		{"of two edits the later one stands, of equal times the one that arrived later", edits},
		{"a deletion blanks the words everywhere", deletion},
		{"a deletion blanks an earlier ticket too", deletionInEarlierTicket},
		{"an edit after the deletion brings nothing back", editAfterDeletion},
		{"a hundred edits are blanked as well", manyEdits},
		{"a message meets the edit that came before it", editBeforeMessage},
		{"a message meets the deletion that came before it, whatever edits say", deletionBeforeMessage},
		{"a tombstone set while its message is on its way is not missed", tombstoneMeanwhile},
		{"an older edit does not hold up a message for ever", oldTombstone},
		{"a tombstone is refused where its message stands", tombstoneTooLate},
		{"what is kept without a ticket is known and makes none", keep},
		{"the threads of a crowded conversation are found by it, and one by its name", crowd},
		{"a customer's last message is at hand", said},
		{"that an author was asked for is noted as a nudge is, and ends when they are known", asked},
		{"an event ends a reply, once", endedByAnEvent},
		{"what is to be forgotten is, and nothing else of its message", forget},
		{"a nudge is noted without a new version, and by condition", nudged},
		{"what is due comes earliest first and not beyond the look-ahead", due},
		{"worklists of several tiers and states are one list by deadline", worklists},
		{"a ticket leaves its list when it comes to its end", leavesLists},
		{"what needs no answer stands on a list of its own", noAnswer},
		{"paging misses and repeats nothing while tickets are written", paging},
		{"everything lists every ticket, the newest first", all},
		{"a head has its places in the lists, which are where they should be", heads},
		{"a head is mended as it was read, or not at all", mended},
		{"what has passed its deadline, or is due without one, is read from worklists", passed},
		{"what stands on worklists, and every ticket, are read by their ids alone", standing},
		{"how far the rounds of the audit have come is kept", patrols},
		{"what is mine is listed until it has come to its end", assigned},
		{"an author's tickets are listed for good, and nobody else's", written},
		{"authors who share a handle or a name are found once claimed or introduced", alike},
		{"what was said of two identities stands with either, and in the audit log", kin},
		{"who is at a ticket is kept beside it", onlookers},
		{"whose turn it is is saved in the version that was read, or not at all", turns},
		{"tickets are read in the order asked for", tickets},
		{"what people corrected is listed as examples, with the words that still stand", examples},
		{"a year without examples is passed over", quietYears},
		{"what is not there is not found", notThere},
		{"a spilled event of three megabytes comes back whole and is due at once", spill},
		{"quarantine holds three megabytes whole and lists the latest first", quarantine},
		{"what is quarantined again is shown once, with its last reason", quarantinedAgain},
		{"what is replayed leaves the quarantine, unless it came back meanwhile", replay},
		{"what was replayed and comes again is shown again", replayedAgain},
		{"a body that is replayed and comes back as its own only event stays", replayedAsOne},
		{"a list of the quarantine shows how bodies begin, and one of it is read whole", glimpses},
		{"what is no id of the quarantine is not found in it", noSuchID},
		{"every event's outcome is written with its effect, under its delivery", outcomes},
		{"an event that no acceptance names is counted by its outcome", unnamed},
		{"an acceptance keeps the account of each of a thousand events", acceptance},
		{"an hour that is closed has a page until something of it is replayed", hours},
		{"a policy is found by its hash, and the last one put is in force", policy},
		{"a large raw event is no obstacle", largeRaw},
		{"people, teams and rotas are read as they were saved", directory},
		{"a saved reply counts how often it was taken, whatever its version", savedReplies},
		{"an item of the directory is saved in the version that was read, or not at all", directoryVersions},
		{"of many changes at once each is taken in turn, with its line", manyAtOnce},
		{"the audit log is read the newest first, by what an auditor asks for", audit},
		{"a change that has an id is made once", onceByID},
		{"whom to tell of an entry is kept with it, due at once", notices},
		{"a notice is posted to each address once, with what goes along or not at all", posted},
		{"a line of no ticket is dropped into a box as it was read", dropped},
		{"a box has its lines until their tickets know, and is saved as it was read", boxLines},
		{"what somebody was told is listed, and counted until they have looked", bells},
		{"the browsers that somebody is told by are theirs", browsers},
		{"what is known of an account is saved in the version that was read, or not at all", knownAccounts},
		{"a reply that waits for its account is listed until it is let go", heldReplies},
		{"what the door refused is counted by app and day", refusals},
		{"of an app is known when its platform asked last, however late that is written", challenges},
		{"how far an account was asked is saved in the version that was read, or not at all", polled},
		{"of many who renew a token one is first, and what it had is kept as it was sealed", renewed},
		{"a day has only so many questions however many ask", questions},
		{"what is not a cursor is refused", noCursors},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, &story{T: t, Store: open(t), now: noon})
		})
	}
}

// A story tells what happens to a desk over one store.
type story struct {
	*testing.T
	Store
	now time.Time
}

func (s *story) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *story) wants(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("error %v, want %v", err, want)
	}
}

// wholeBytes compares megabytes at once, where they are not empty.
var wholeBytes = cmp.FilterValues(func(a, b []byte) bool { return len(a) > 0 || len(b) > 0 }, cmp.Comparer(bytes.Equal))

// same fails when got is not want.
func (s *story) same(got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), wholeBytes); diff != "" {
		s.Errorf("(-want +got)\n%s", diff)
	}
}

// change is what triage would write for a customer's message.
func (s *story) change(e desk.Event) desk.Change {
	s.Helper()
	thread, err := s.Thread(s.Context(), e)
	s.must(err)
	return changeOf(thread, e, s.now)
}

func changeOf(thread desk.Thread, e desk.Event, now time.Time) desk.Change {
	before := thread.Ticket
	on := before
	if before.Version > 0 && !before.Takes(now, promises{}) {
		on = before.Successor()
	}
	m := messageOf(e, now)
	if tomb := thread.Tombstone; tomb != nil {
		if tomb.Deleted {
			m.Text, m.Deleted = "", true
		} else if !tomb.At.Before(m.Time) {
			m.Text, m.EditedAt = tomb.Text, tomb.At
		}
	}
	entry := desk.Entry{Version: on.Version + 1, What: desk.Received, At: now, Event: e.Kind, Message: &m, Verdict: verdict(m.Text), Profile: e.Profile}
	if on.State == "" {
		entry.Policy = entry.Verdict.Policy
		entry.Origin = &desk.Origin{Platform: e.Platform, App: "demo", Account: e.Account, Channel: e.Channel, Brand: "demo", Conversation: e.Conversation, Visibility: e.Visibility}
	}
	return changed(before, on, entry, &e)
}

// changed is the change that entry makes of on.
func changed(before, on desk.Ticket, entry desk.Entry, e *desk.Event) desk.Change {
	after := desk.Apply(on, entry, promises{})
	c := desk.Change{Before: before, After: after, Entry: entry, Event: e, DueAt: after.DueAt(promises{})}
	if e != nil {
		c.Thread, c.Raw = e.Thread(), came(*e, entry.At)
	}
	return c
}

func messageOf(e desk.Event, now time.Time) desk.Message {
	m := desk.Message{ID: e.ID, Key: e.Key, Direction: e.Direction, Visibility: e.Visibility, Text: e.Text, Author: e.Author, Account: e.Account,
		Time: e.Time, Received: now, Parent: e.Parent, Form: e.Form, Attachments: e.Attachments}
	if m.Time.IsZero() {
		m.Time = now
	}
	return m
}

// receive takes a message in as triage does, again while the thread changes
// under it.
func (s *story) receive(e desk.Event) desk.Ticket {
	s.Helper()
	t, err := receive(s.Context(), s.Store, e, s.now)
	s.must(err)
	return t
}

func receive(ctx context.Context, store Store, e desk.Event, now time.Time) (desk.Ticket, error) {
	for {
		thread, err := store.Thread(ctx, e)
		if err != nil || thread.Known {
			return thread.Ticket, err
		}
		c := changeOf(thread, e, now)
		if err := store.Commit(ctx, c); !errors.Is(err, desk.ErrStale) && !errors.Is(err, desk.ErrDuplicate) {
			return c.After, err
		}
	}
}

// does writes an entry on t and returns the ticket after it.
func (s *story) does(t desk.Ticket, entry desk.Entry, err error) desk.Ticket {
	s.Helper()
	s.must(err)
	entry.Version = t.Version + 1
	if entry.At.IsZero() {
		entry.At = s.now
	}
	c := changed(t, t, entry, nil)
	s.must(s.Commit(s.Context(), c))
	return c.After
}

// alters is the change of an edit or deletion of the message of target.
func (s *story) alters(t desk.Ticket, target, e desk.Event) desk.Change {
	m := messageOf(e, s.now)
	entry := desk.Entry{Version: t.Version + 1, What: desk.Edited, At: s.now, Event: e.Kind, Message: &m, Target: target.Key, Verdict: verdict(m.Text)}
	if e.Kind == desk.MessageDeleted {
		entry.What, entry.Verdict = desk.Deleted, nil
	}
	return changed(t, t, entry, &e)
}

// edit and del are events about the message of e.
func edit(e desk.Event, n int, words string, at time.Time) desk.Event {
	edit := says(e.Author.ID, n, words)
	edit.Kind, edit.Target, edit.ID, edit.Time = desk.MessageEdited, e.ID, "", at
	return edit
}

func del(e desk.Event, n int) desk.Event {
	gone := says(e.Author.ID, n, "")
	gone.Kind, gone.Target, gone.ID = desk.MessageDeleted, e.ID, ""
	return gone
}

// ticket reads a ticket.
func (s *story) ticket(id desk.TicketID) desk.Ticket {
	s.Helper()
	t, err := s.Ticket(s.Context(), id)
	s.must(err)
	return t
}

// log reads the log of a ticket.
func (s *story) log(id desk.TicketID) []desk.Entry {
	s.Helper()
	log, err := s.Log(s.Context(), id)
	s.must(err)
	return log
}

// texts are the words of a ticket's messages in order.
func (s *story) texts(id desk.TicketID) []string {
	s.Helper()
	var texts []string
	for _, e := range s.log(id) {
		if e.Message != nil {
			texts = append(texts, e.Message.Text)
		}
	}
	return texts
}
