package story

import (
	"bytes"
	"encoding/json"
	"time"

	"example.com/skala/shared/audit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/metrics"
)

// Audits has the audit run, and returns what it measured.
func (d *Desk) Audits() map[metrics.Name]float64 {
	d.T.Helper()
	var line bytes.Buffer
	a := &audit.Auditor{
		Ledger: d.Store, Lists: d.Store, Brands: []string{"aegean"}, Now: d.Now, Log: d.log,
		Metrics: &metrics.Recorder{Out: &line, Stack: "story", Now: d.Now},
	}
	d.must(a.Run(d.T.Context()))
	a.Metrics.Flush()
	var doc map[string]any
	d.must(json.Unmarshal(line.Bytes(), &doc))
	measured := map[metrics.Name]float64{}
	for _, name := range metrics.Names() {
		if v, ok := doc[string(name)].(float64); ok {
			measured[name] = v
		}
	}
	return measured
}

// Balance is the ledger of the hour that began by after noon.
func (d *Desk) Balance(by time.Duration) desk.LedgerPage {
	d.T.Helper()
	h, err := d.Store.LedgerHour(d.T.Context(), Noon.Add(by))
	d.must(err)
	return ledger.Reckon(h, d.Now())
}
