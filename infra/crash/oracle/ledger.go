package oracle

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// Pages is the account of every hour in which something was received, reckoned
// from the items themselves: what is listed in the third index and what the ledger
// keeps of its own. Accounts that no acceptance tells are left out of settlements.
func (s *State) Pages(now time.Time) []desk.LedgerPage {
	hours := map[time.Time]*desk.LedgerHour{}
	of := func(at time.Time) *desk.LedgerHour {
		at = ledger.Hour(at)
		if hours[at] == nil {
			hours[at] = &desk.LedgerHour{Hour: at}
		}
		return hours[at]
	}
	for at, i := range s.Items {
		if rest, ok := strings.CutPrefix(at, "H#"); ok {
			hour, err := time.Parse("2006-01-02T15", rest[:min(len(rest), 13)])
			if err != nil {
				continue
			}
			h := of(hour)
			if o := text(i, "o"); o != "" {
				h.Settled = append(h.Settled, desk.Settlement{Delivery: text(i, "sk"), Account: text(i, "account"), Outcome: desk.Outcome(o)})
			} else {
				h.Accepted = append(h.Accepted, acceptance(i))
			}
			continue
		}
		if received, set, ok := settlement(i); ok {
			h := of(received)
			h.Settled = append(h.Settled, set)
		}
	}
	var pages []desk.LedgerPage
	for _, h := range hours {
		pages = append(pages, ledger.Reckon(*h, now))
	}
	slices.SortFunc(pages, func(a, b desk.LedgerPage) int { return a.Hour.Compare(b.Hour) })
	return pages
}

// acceptance reads what the door said of a webhook.
func acceptance(i faults.Item) desk.Acceptance {
	a := desk.Acceptance{Delivery: text(i, "sk")}
	var runs []struct {
		Account string `json:"a"`
		Events  int    `json:"n"`
	}
	if json.Unmarshal([]byte(text(i, "events")), &runs) != nil {
		return a
	}
	for _, r := range runs {
		a.Accounts = append(a.Accounts, slices.Repeat([]string{r.Account}, r.Events)...)
	}
	return a
}

// settlement reads what became of an event from where its item is listed:
// KIND#shard, received#outcome#delivery.
func settlement(i faults.Item) (received time.Time, set desk.Settlement, ok bool) {
	list, _, _ := strings.Cut(text(i, "gsi3pk"), "#")
	parts := strings.SplitN(text(i, "gsi3sk"), "#", 3)
	if len(parts) < 3 || strings.HasSuffix(text(i, "pk"), "#"+parts[2]) {
		return received, set, false
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return received, set, false
	}
	set.Delivery = parts[2]
	switch list {
	case "E":
		set.Outcome = desk.Ticketed
	case "Q":
		set.Outcome = desk.Quarantined
	case "R":
		set.Outcome = desk.Outcome(parts[1])
	}
	return time.UnixMilli(ms).UTC(), set, set.Outcome != ""
}
