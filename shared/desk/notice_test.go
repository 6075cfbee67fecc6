package desk_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

func TestWhoIsToldOfAnEntry(t *testing.T) {
	t.Parallel()
	base := desk.Ticket{ID: "t.1", Version: 4, State: desk.Open, Disposition: desk.NeedsAnswer, Tier: desk.Senior, Assignee: "ann"}
	with := func(how func(*desk.Ticket)) desk.Ticket {
		after := base
		after.Version++
		how(&after)
		return after
	}
	same := with(func(*desk.Ticket) {})
	for _, tt := range []struct {
		name  string
		after desk.Ticket
		entry desk.Entry
		kind  desk.NoticeKind // empty for nobody told
		to    []string
	}{
		{"a warning is for whoever has it", same, desk.Entry{What: desk.Warned}, desk.ToldWarning, []string{"ann"}},
		{"a step is for whom it reached", same, desk.Entry{What: desk.Breached, Level: 2, To: []string{"lee"}}, desk.ToldBreach, []string{"lee"}},
		{"the first step that was passed is told, to programs", same, desk.Entry{What: desk.Breached, Level: 1, Passed: true}, desk.ToldBreach, nil},
		{"a later one that was passed is not", same, desk.Entry{What: desk.Breached, Level: 2, Passed: true}, "", nil},
		{"whom it was assigned to", with(func(t *desk.Ticket) { t.Assignee = "bob" }), desk.Entry{What: desk.Assigned, Who: "lee", Assignee: "bob"}, desk.ToldAssigned, []string{"bob"}},
		{"who assigned it to themselves knows", with(func(t *desk.Ticket) { t.Assignee = "lee" }), desk.Entry{What: desk.Assigned, Who: "lee", Assignee: "lee"}, "", nil},
		{"whose ticket was taken over", with(func(t *desk.Ticket) { t.Assignee = "bob" }), desk.Entry{What: desk.TakenOver, Who: "bob", Lease: desk.Lease{Agent: "bob"}}, desk.ToldTaken, []string{"ann"}},
		{"a reply that failed", same, desk.Entry{What: desk.SendFailed}, desk.ToldUnsent, []string{"ann"}},
		{"a ticket that goes to vendors", with(func(t *desk.Ticket) { t.Tier = desk.Vendor }), desk.Entry{What: desk.Escalated, Who: "ann"}, desk.ToldVendor, nil},
		{"whose ticket a vendor answered", same, desk.Entry{What: desk.VendorSaid, Message: &desk.Message{Form: "done"}}, desk.ToldAnswer, []string{"ann"}},
		{"a vendor who is still at work", same, desk.Entry{What: desk.VendorSaid, Message: &desk.Message{Form: "working"}}, "", nil},
		{"one that needs no answer", with(func(t *desk.Ticket) { t.Disposition = desk.NeedsNone }), desk.Entry{What: desk.Warned}, "", nil},
		{"a reply that failed where none was needed", with(func(t *desk.Ticket) { t.Disposition = desk.NeedsNone }), desk.Entry{What: desk.SendFailed}, desk.ToldUnsent, []string{"ann"}},
		{"one that never arrived, of a ticket that nobody has", with(func(t *desk.Ticket) { t.Disposition, t.Assignee = desk.NeedsNone, "" }), desk.Entry{What: desk.Undelivered}, desk.ToldUnsent, nil},
		{"a message", same, desk.Entry{What: desk.Noted, Who: "bob"}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.entry.Version = tt.after.Version
			n, ok := desk.NoticeOf(base, tt.after, tt.entry)
			if ok != (tt.kind != "") || n.Kind != tt.kind || !slices.Equal(n.To, tt.to) {
				t.Errorf("%v: %q to %q", ok, n.Kind, n.To)
			}
			if want := (desk.Notice{Ticket: "t.1", Version: 5, Kind: n.Kind, To: n.To, Tier: tt.after.Tier, Level: tt.entry.Level}); ok {
				if tt.kind == desk.ToldVendor {
					want.From, want.Had = desk.Senior, "ann"
				}
				if diff := cmp.Diff(want, n); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
