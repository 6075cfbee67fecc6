package simulation

import (
	"bytes"
	_ "embed"
	"errors"
	"time"

	infrapolicy "example.com/skala/infra/policy"
	"example.com/skala/infra/simulation/judge"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/sla"
)

// The promises of the simulated desk, in the form of a policy document: those of its
// first day, and those that a deployment brings.
var (
	//go:embed promises1.yaml
	promises1 []byte
	//go:embed promises2.yaml
	promises2 []byte
)

// documents are the versions of the policy: what the default one says of messages
// and whom they are for, and promises that the judge knows by heart.
func documents() ([][]byte, error) {
	judging, _, ok := bytes.Cut(infrapolicy.Default, []byte("\n# Fast lanes,"))
	if !ok {
		return nil, errors.New("simulation: the default policy has no fast lanes where its promises begin")
	}
	return [][]byte{bytes.Join([][]byte{judging, promises1}, []byte("\n")), bytes.Join([][]byte{judging, promises2}, []byte("\n"))}, nil
}

// rules are the same promises as the judge knows them, by the version's hash.
func rules(documents [][]byte) (func(hash string) *judge.Rules, error) {
	athens, err := sla.LoadZone("Europe/Athens")
	if err != nil {
		return nil, err
	}
	first, second := rules1(athens), rules2(athens)
	one, other := policy.Hash(documents[0]), policy.Hash(documents[1])
	return func(hash string) *judge.Rules {
		switch hash {
		case one:
			return first
		case other:
			return second
		}
		return nil
	}, nil
}

// targets are those of one severity: acknowledge, first and next response,
// resolution, the first three by the same hours.
func targets(acknowledge, response, resolution judge.Target) map[desk.Metric]judge.Target {
	return map[desk.Metric]judge.Target{desk.Acknowledge: acknowledge, desk.FirstResponse: response, desk.NextResponse: response, desk.Resolution: resolution}
}

func always(d time.Duration) judge.Target { return judge.Target{Time: d} }
func office(d time.Duration) judge.Target { return judge.Target{Time: d, Office: true} }

// workdays opens from Monday to Friday.
func workdays(zone *time.Location, closed []string, periods ...[2]int) *judge.Hours {
	h := &judge.Hours{Zone: zone, Closed: map[string]bool{}}
	for day := time.Monday; day <= time.Friday; day++ {
		h.Week[day] = periods
	}
	for _, date := range closed {
		h.Closed[date] = true
	}
	return h
}

func rules1(zone *time.Location) *judge.Rules {
	return &judge.Rules{
		Office: workdays(zone, []string{"2031-03-25", "2031-12-25", "2032-01-01"}, [2]int{9 * 60, 13 * 60}, [2]int{14 * 60, 18 * 60}),
		Targets: map[desk.Severity]map[desk.Metric]judge.Target{
			desk.Critical: targets(always(3*time.Minute), always(15*time.Minute), always(4*time.Hour)),
			desk.High:     targets(always(12*time.Minute), always(time.Hour), always(8*time.Hour)),
			desk.Normal:   targets(office(48*time.Minute), office(4*time.Hour), office(16*time.Hour)),
			desk.Low:      targets(always(2*time.Hour), office(8*time.Hour), office(24*time.Hour)),
		},
		Pauses: map[desk.Metric][]desk.State{desk.Resolution: {desk.Waiting}, desk.NextResponse: {desk.Waiting}},
		Warn:   0.75,
		Chains: []judge.Chain{
			{Name: "critical", For: desk.Critical, Top: desk.Senior, Repeat: 15 * time.Minute, Limit: 6, Steps: []judge.Step{
				{Do: desk.RaiseTier}, {Do: desk.PageLead, After: 5 * time.Minute}, {Do: desk.RaiseTier, After: 10 * time.Minute}}},
			{Name: "patient", For: desk.Low, Top: desk.Individual, Repeat: 2 * time.Hour, Limit: 3, Steps: []judge.Step{
				{Do: desk.WarnHolder, Waits: true}, {Do: desk.RaiseTier, After: time.Hour, PassOut: true}}},
			{Name: "plan", Top: desk.Senior, Repeat: 15 * time.Minute, Limit: 5, Steps: []judge.Step{{Do: desk.RaiseTier}}},
		},
		Lease: 5 * time.Minute, Renudge: 15 * time.Minute, Reopen: 7 * 24 * time.Hour,
	}
}

func rules2(zone *time.Location) *judge.Rules {
	r := rules1(zone)
	r.Office = workdays(zone, []string{"2031-03-25", "2031-12-25", "2032-01-01"}, [2]int{8 * 60, 20 * 60})
	r.Targets = map[desk.Severity]map[desk.Metric]judge.Target{
		desk.Critical: targets(always(2*time.Minute), always(10*time.Minute), always(3*time.Hour)),
		desk.High:     targets(always(6*time.Minute), always(30*time.Minute), always(8*time.Hour)),
		desk.Normal:   targets(always(24*time.Minute), always(2*time.Hour), office(20*time.Hour)),
		desk.Low:      targets(always(time.Hour), office(4*time.Hour), office(24*time.Hour)),
	}
	r.Pauses = map[desk.Metric][]desk.State{desk.Resolution: {desk.Waiting, desk.OnHold}, desk.NextResponse: {desk.Waiting}}
	r.Warn = 0.5
	r.Reopen = 3 * 24 * time.Hour
	return r
}
