package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// What became of an event is written with what became of it: the row that its
// own item has in gsi3 names the delivery it came by. Only what writes nothing
// else, a duplicate or what is ignored by rule, is settled by an item of its own.
// So no outcome can be there without its effect, or its effect without it.

// ledgerDays is how long acceptances and settlements are kept: longer than a
// dead letter, which may still get its outcome.
const ledgerDays = desk.LedgerDays

// list3 lists an item in gsi3 under the key of a list, at a position that name
// makes its own.
func (s *Store) list3(i item, list func(uint32) string, thread, position, name string) {
	i["gsi3pk"], i["gsi3sk"] = text(list(shard(thread, listShards))), text(position+"#"+name)
}

// settled notes in an event's own item what became of it.
func (s *Store) settled(i item, thread string, o desk.Outcome, raw desk.RawEvent) {
	if raw.Delivery != "" {
		s.list3(i, outcomeKey, thread, position(raw.Received, string(o)), raw.Delivery)
	}
}

// deliveryOf is the delivery that a row of gsi3 names; empty for none.
func deliveryOf(i item) string {
	parts := strings.SplitN(textOf(i, "gsi3sk"), "#", 3)
	if len(parts) < 3 || strings.HasSuffix(textOf(i, "pk"), "#"+parts[2]) { // an item without one is listed by its thread
		return ""
	}
	return parts[2]
}

// Accept writes the door's word that it has a webhook's events. Accepting one
// again changes nothing.
func (s *Store) Accept(ctx context.Context, a desk.Acceptance) error {
	i, err := s.acceptance(a)
	if err != nil {
		return err
	}
	if err := s.put(ctx, i); err != nil {
		return fmt.Errorf("accepting a webhook: %w", err)
	}
	return nil
}

// A run is how many events of one account follow each other in a webhook.
type run struct {
	Account string `json:"a"`
	Events  int    `json:"n"`
}

func (s *Store) acceptance(a desk.Acceptance) (item, error) {
	var runs []run
	for _, account := range a.Accounts {
		if last := len(runs) - 1; last >= 0 && runs[last].Account == account {
			runs[last].Events++
			continue
		}
		runs = append(runs, run{Account: account, Events: 1})
	}
	doc, err := json.Marshal(runs)
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding an acceptance: %w", err)
	}
	i := s.ledgerItem(a.Received, a.Delivery)
	i["platform"], i["app"], i["at"], i["events"] = text(string(a.App.Platform)), text(a.App.Name), instant(a.Received), text(string(doc))
	return i, nil
}

func acceptanceOf(i item) (desk.Acceptance, error) {
	var runs []run
	if err := json.Unmarshal([]byte(textOf(i, "events")), &runs); err != nil {
		return desk.Acceptance{}, broken(i, err)
	}
	a := desk.Acceptance{Delivery: textOf(i, "sk"), App: desk.App{Platform: desk.Platform(textOf(i, "platform")), Name: textOf(i, "app")}, Received: instantOf(i, "at")}
	for _, r := range runs {
		a.Accounts = append(a.Accounts, slices.Repeat([]string{r.Account}, r.Events)...)
	}
	return a, nil
}

// Settle notes what became of an event that leaves nothing else behind. Settling
// one again changes nothing; an event without a delivery has nothing to settle.
func (s *Store) Settle(ctx context.Context, raw desk.RawEvent, o desk.Outcome) error {
	if raw.Delivery == "" {
		return nil
	}
	i := s.ledgerItem(raw.Received, raw.Delivery)
	i["o"], i["account"] = text(string(o)), text(raw.Account)
	if err := s.put(ctx, i); err != nil {
		return fmt.Errorf("settling an event: %w", err)
	}
	return nil
}

// ledgerItem is an item of the hour that at lies in.
func (s *Store) ledgerItem(at time.Time, delivery string) item {
	i := key(hourKey(at, shard(delivery, listShards)), delivery)
	i["ttl"] = number(at.AddDate(0, 0, ledgerDays).Unix())
	return i
}

// LedgerHour returns what the table knows of the events received in the hour
// that begins at hour. Rows of the index may be missing that were written just
// now; an event whose row is missing looks as if it were in flight.
func (s *Store) LedgerHour(ctx context.Context, hour time.Time) (desk.LedgerHour, error) {
	h := desk.LedgerHour{Hour: hour}
	items, rows, err := s.hour(ctx, hour)
	if err != nil {
		return h, fmt.Errorf("reading the ledger: %w", err)
	}
	accepted := map[string]bool{}
	for _, i := range items {
		if o := textOf(i, "o"); o != "" {
			h.Settled = append(h.Settled, desk.Settlement{Delivery: textOf(i, "sk"), Account: textOf(i, "account"), Outcome: desk.Outcome(o)})
			continue
		}
		a, err := acceptanceOf(i)
		if err != nil {
			return h, err
		}
		accepted[a.Delivery] = true
		h.Accepted = append(h.Accepted, a)
	}
	var unnamed []int // settlements whose account no acceptance tells
	var keys []item
	for _, row := range rows {
		set := desk.Settlement{Delivery: deliveryOf(row), Outcome: outcomeOf(row)}
		if set.Delivery == "" || set.Outcome == "" {
			continue
		}
		if webhook, _, _ := strings.Cut(set.Delivery, "."); !accepted[webhook] {
			unnamed, keys = append(unnamed, len(h.Settled)), append(keys, key(textOf(row, "pk"), textOf(row, "sk")))
		}
		h.Settled = append(h.Settled, set)
	}
	return h, s.nameAccounts(ctx, h.Settled, unnamed, keys)
}

// nameAccounts fills in the accounts of settlements from their items.
func (s *Store) nameAccounts(ctx context.Context, settled []desk.Settlement, places []int, keys []item) error {
	items, err := s.batchGet(ctx, keys)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	accounts := map[string]string{}
	for _, i := range items {
		account := textOf(i, "account")
		if strings.HasPrefix(textOf(i, "sk"), "M#") {
			m, err := messageOf(i)
			if err != nil {
				return err
			}
			account = m.Account
		}
		accounts[textOf(i, "pk")+" "+textOf(i, "sk")] = account
	}
	for n, place := range places {
		settled[place].Account = accounts[textOf(keys[n], "pk")+" "+textOf(keys[n], "sk")]
	}
	return nil
}

// outcomeOf is what a row of gsi3 says.
func outcomeOf(row item) desk.Outcome {
	list, _, _ := strings.Cut(textOf(row, "gsi3pk"), "#")
	switch list {
	case "E":
		return desk.Ticketed
	case "Q":
		return desk.Quarantined
	}
	if parts := strings.SplitN(textOf(row, "gsi3sk"), "#", 3); len(parts) == 3 {
		return desk.Outcome(parts[1])
	}
	return ""
}

// hour reads the items of an hour, and the rows that gsi3 has of it.
func (s *Store) hour(ctx context.Context, hour time.Time) (items, rows []item, err error) {
	var queries []*dynamodb.QueryInput
	for n := range uint32(listShards) {
		queries = append(queries, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
			ExpressionAttributeValues: item{":pk": text(hourKey(hour, n))}})
	}
	for _, list := range []func(uint32) string{everyKey, outcomeKey, quarantineKey} {
		for _, k := range shards(listShards, list) {
			queries = append(queries, &dynamodb.QueryInput{IndexName: aws.String("gsi3"), KeyConditionExpression: aws.String("gsi3pk = :pk AND gsi3sk BETWEEN :from AND :to"),
				ExpressionAttributeValues: item{":pk": text(k), ":from": text(position(hour, "")), ":to": text(position(hour.Add(time.Hour), ""))}})
		}
	}
	found, errs := make([][]item, len(queries)), make([]error, len(queries))
	var wg sync.WaitGroup
	for n, in := range queries {
		wg.Go(func() { found[n], errs[n] = s.query(ctx, in) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, nil, err
	}
	return slices.Concat(found[:listShards]...), slices.Concat(found[listShards:]...), nil
}

// Pages of the ledger stand in one partition: a page for each closed hour, where
// hours that are not closed begin, and which were opened again.
const (
	ledgerPK    = "LEDGER"
	openSince   = "OPEN"
	pagePrefix  = "H#"
	againPrefix = "R#"
)

func pageKey(prefix string, hour time.Time) string {
	return prefix + hour.UTC().Format("2006-01-02T15")
}

func hourOf(sk string) (time.Time, error) {
	_, at, _ := strings.Cut(sk, "#")
	return time.Parse("2006-01-02T15", at)
}

// newDesk is how many hours a desk goes back that never closed one.
const newDesk = 3

// OpenHours returns the hours that are not closed, the present one included, in
// order. Where no hour was ever closed they begin three hours before now.
func (s *Store) OpenHours(ctx context.Context, now time.Time) ([]desk.OpenHour, error) {
	items, err := s.query(ctx, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND sk >= :from"),
		ExpressionAttributeValues: item{":pk": text(ledgerPK), ":from": text(openSince)}})
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	present := now.UTC().Truncate(time.Hour)
	since := present.Add(-newDesk * time.Hour)
	hours := map[time.Time]desk.OpenHour{present: {Hour: present}}
	for _, i := range items {
		if textOf(i, "sk") == openSince {
			since = instantOf(i, "at")
		}
	}
	for h := since; h.Before(present); h = h.Add(time.Hour) {
		hours[h] = desk.OpenHour{Hour: h}
	}
	closed, err := s.ClosedHours(ctx, since, present)
	if err != nil {
		return nil, err
	}
	for _, page := range closed {
		delete(hours, page.Hour)
	}
	for _, i := range items {
		if sk := textOf(i, "sk"); strings.HasPrefix(sk, againPrefix) {
			h, err := hourOf(sk)
			if err != nil {
				return nil, broken(i, err)
			}
			hours[h] = desk.OpenHour{Hour: h, Again: textOf(i, "tx"), Since: instantOf(i, "at")}
		}
	}
	return slices.SortedFunc(maps.Values(hours), func(a, b desk.OpenHour) int { return a.Hour.Compare(b.Hour) }), nil
}

// ClosedHours returns the pages of the hours that are closed and begin between
// from and to, both included, in order.
func (s *Store) ClosedHours(ctx context.Context, from, to time.Time) ([]desk.LedgerPage, error) {
	items, err := s.query(ctx, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":pk": text(ledgerPK), ":from": text(pageKey(pagePrefix, from)), ":to": text(pageKey(pagePrefix, to))}})
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	pages := make([]desk.LedgerPage, 0, len(items))
	for _, i := range items {
		doc, err := unpack(bytesOf(i, "page"))
		if err != nil {
			return nil, broken(i, err)
		}
		var page desk.LedgerPage
		if err := json.Unmarshal(doc, &page); err != nil {
			return nil, broken(i, err)
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// CloseHour keeps page as what its hour came to. of is the hour as it was before
// its page was reckoned: one that was opened again since stays open, which is no
// error.
func (s *Store) CloseHour(ctx context.Context, of desk.OpenHour, page desk.LedgerPage) error {
	doc, err := json.Marshal(page)
	if err != nil {
		return fmt.Errorf("dynamo: encoding a page: %w", err)
	}
	packed, err := s.pack(doc)
	if err != nil {
		return err
	}
	i := key(ledgerPK, pageKey(pagePrefix, page.Hour))
	i["page"] = binary(packed[0])
	again := key(ledgerPK, pageKey(againPrefix, page.Hour))
	all := writes{{of: theEntry, item: types.TransactWriteItem{Put: &types.Put{TableName: &s.Table, Item: i}}}}
	if of.Again == "" {
		all = append(all, write{of: theHead, item: types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: &s.Table, Key: again, ConditionExpression: aws.String(notThere)}}})
	} else {
		all = append(all, write{of: theHead, item: types.TransactWriteItem{Delete: &types.Delete{
			TableName: &s.Table, Key: again, ConditionExpression: aws.String("tx = :tx"), ExpressionAttributeValues: item{":tx": text(of.Again)}}}})
	}
	if err := s.transact(ctx, all); err != nil {
		if _, ok := errors.AsType[*refused](err); ok {
			return nil
		}
		return fmt.Errorf("dynamo: closing an hour: %w", err)
	}
	return nil
}

// ClosedUntil notes that every hour before until is closed, or was opened again.
func (s *Store) ClosedUntil(ctx context.Context, until time.Time) error {
	i := key(ledgerPK, openSince)
	i["at"] = instant(until)
	return s.put(ctx, i)
}

// reopen are the writes that open an hour again which may be closed: something
// of it gets another outcome.
func (s *Store) reopen(w *writes, hour time.Time, tx string, now time.Time) {
	again := key(ledgerPK, pageKey(againPrefix, hour))
	again["tx"], again["at"] = text(tx), instant(now)
	w.put(s, theHead, again)
	w.delete(s, theEntry, ledgerPK, pageKey(pagePrefix, hour))
}

// hourKey names a part of the events received in the hour that at lies in.
func hourKey(at time.Time, shard uint32) string {
	return "H#" + at.UTC().Format("2006-01-02T15") + "#" + strconv.FormatUint(uint64(shard), 10)
}
