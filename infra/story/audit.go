package story

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/audit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/metrics"
)

// Audits has the audit run, and returns what it measured.
func (d *Desk) Audits() map[metrics.Name]float64 {
	d.T.Helper()
	measured, err := d.audit(d.T.Context())
	d.must(err)
	return measured
}

// auditor is the desk's, which measures to m.
func (d *Desk) auditor(m *metrics.Recorder) *audit.Auditor {
	return &audit.Auditor{
		Ledger: d.Store, Lists: d.Store, Tickets: d.Store, Policies: d.book, Nudger: d.nudger, Brands: []string{"aegean"},
		Bounds: d.Bounds, Now: d.Now, Log: d.log, Metrics: m,
	}
}

func (d *Desk) audit(ctx context.Context) (map[metrics.Name]float64, error) {
	var line bytes.Buffer
	m := &metrics.Recorder{Out: &line, Stack: "story", Now: d.Now}
	if err := d.auditor(m).Run(ctx); err != nil {
		return nil, err
	}
	m.Flush()
	var doc map[string]any
	if err := json.Unmarshal(line.Bytes(), &doc); err != nil {
		return nil, err
	}
	measured := map[metrics.Name]float64{}
	for _, name := range metrics.Names() {
		if v, ok := doc[string(name)].(float64); ok {
			measured[name] = v
		}
	}
	return measured, nil
}

// sound is how every story ends: each ticket is what its log says, and listed where
// it belongs.
func (d *Desk) sound() {
	d.T.Helper()
	if d.T.Failed() || d.Unsound {
		return
	}
	measured, err := d.audit(context.WithoutCancel(d.T.Context()))
	if err != nil || measured[metrics.AuditDifferences] != 0 {
		d.T.Errorf("at the end the audit finds %v tickets that are not as their logs say, %v", measured[metrics.AuditDifferences], err)
	}
}

// Sweeps has the schedule sweep now.
func (d *Desk) Sweeps() {
	d.T.Helper()
	d.must(d.sweep.Run(d.T.Context()))
}

// Fails gives the worker what the due queue has by now, and has the audit run, and
// returns what failed: of the worker by ticket.
func (d *Desk) Fails() (worker map[desk.TicketID]error, audit error) {
	worker = map[desk.TicketID]error{}
	for _, n := range d.due.take() {
		if err := d.worker.Due(d.T.Context(), n); err != nil {
			worker[n.Ticket] = err
		}
	}
	return worker, d.auditor(nil).Run(d.T.Context())
}

// LoseTimer takes the author's ticket out of the index of what is due.
func (d *Desk) LoseTimer(author string) {
	d.T.Helper()
	thread, _, _ := d.Of(author).ID.Split()
	_, err := d.Store.Client.UpdateItem(d.T.Context(), &dynamodb.UpdateItemInput{
		TableName:        &d.Store.Table,
		Key:              map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "C#" + thread}, "sk": &types.AttributeValueMemberS{Value: "HEAD"}},
		UpdateExpression: aws.String("REMOVE gsi2pk, gsi2sk"),
	})
	d.must(err)
}

// Damage changes the author's ticket in the table, without an entry.
func (d *Desk) Damage(author string, how func(*desk.Ticket)) {
	d.T.Helper()
	was, err := d.Store.Head(d.T.Context(), d.Of(author).ID)
	d.must(err)
	is := was.Ticket
	is.Clocks = slices.Clone(is.Clocks)
	how(&is)
	d.must(d.Store.Mend(d.T.Context(), was, is, is.DueAt(d.Policy.Plan)))
}

// Balance is the ledger of the hour that began by after noon.
func (d *Desk) Balance(by time.Duration) desk.LedgerPage {
	d.T.Helper()
	h, err := d.Store.LedgerHour(d.T.Context(), Noon.Add(by))
	d.must(err)
	return ledger.Reckon(h, d.Now())
}
