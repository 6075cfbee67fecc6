package triage_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
	rules "example.com/skala/shared/policy"
)

// A judge is somebody else who judges, and counts what it is asked.
type judge struct {
	category desk.Category
	severity desk.Severity
	err      error
	never    bool // answers
	spent    bool // the day's questions
	asked    []string
	days     []time.Time
}

func (j *judge) Judge(ctx context.Context, model, text string) (desk.Category, desk.Severity, error) {
	j.asked = append(j.asked, model+": "+text)
	if j.never {
		<-ctx.Done()
		return "", 0, ctx.Err()
	}
	return j.category, j.severity, j.err
}

func (j *judge) Spend(_ context.Context, day time.Time, most int) (bool, error) {
	j.days = append(j.days, day)
	if most != 500 {
		return false, errors.New("another number than the policy's")
	}
	return !j.spent, nil
}

// doubtful has triage take in words that its policy, which asks others, is unsure of
// or not.
func doubtful(t *testing.T, j *judge, below, text string, moves int) (v desk.Verdict, counted, logged string) {
	t.Helper()
	tr, w := open(t)
	document := bytes.Replace(policy.Default, []byte("  below: 0.40\n"), []byte("  below: "+below+"\n"), 1)
	document = append(document, "\nsecond_opinion: {model: nova, timeout: 2s, a_day: 500}\n"...)
	p, err := rules.Load(document, "default")
	if err != nil {
		t.Fatal(err)
	}
	w.policy, w.moves = p, moves
	var log, measured bytes.Buffer
	tr.Log = slog.New(slog.NewTextHandler(&log, nil))
	tr.Metrics = &metrics.Recorder{Out: &measured, Stack: "s", Now: tr.Now}
	if j != nil {
		tr.Opinion, tr.Allowance = j, j
	}
	if err := tr.Event(t.Context(), event(t, desk.Event{Kind: desk.MessageCreated, ID: "m", Text: text})); err != nil {
		t.Fatal(err)
	}
	tr.Metrics.Flush()
	return *w.commits[0].Entry.Verdict, measured.String(), log.String()
}

const asksForIt = "my address, card 4111 1111 1111 1111, what do you think"

func TestASecondOpinionIsHeardWhereTriageIsUnsure(t *testing.T) {
	t.Parallel()
	first, _, _ := doubtful(t, nil, "1", asksForIt, 0)
	if !first.Unsure() {
		t.Fatalf("triage is sure: %+v", first)
	}
	j := &judge{category: desk.Fraud, severity: desk.Critical}
	v, counted, _ := doubtful(t, j, "1", asksForIt, 3)
	if v.Category != desk.Fraud || v.Severity != desk.Critical || v.Tier < desk.Senior || v.Reasons[len(v.Reasons)-1].Signal != "opinion" {
		t.Errorf("verdict %+v", v)
	}
	if len(j.asked) != 1 || j.asked[0] != "nova: "+strings.Replace(asksForIt, "4111 1111 1111 1111", "•••", 1) {
		t.Errorf("asked %q, the thread changing three times", j.asked)
	}
	if len(j.days) != 1 || !j.days[0].Equal(noon.Add(time.Minute)) || !strings.Contains(counted, `"OpinionsHeard":1`) || strings.Contains(counted, "Missing") {
		t.Errorf("counted %s on %v", counted, j.days)
	}
}

func TestTheFirstVerdictStandsWhateverBecomesOfTheQuestion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		judge   judge
		missing bool // or not asked for at all
		below   string
		text    string
	}{
		{"it fails", judge{err: errors.New("answered with 429")}, true, "1", asksForIt},
		{"it never answers", judge{never: true}, true, "1", asksForIt},
		{"the day's questions are used up", judge{spent: true}, true, "1", asksForIt},
		{"triage is sure", judge{category: desk.Fraud, severity: desk.Critical}, false, "0.01", "you charged me twice"},
		{"there are no words", judge{category: desk.Fraud, severity: desk.Critical}, false, "1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j, began := tt.judge, time.Now()
				first, _, _ := doubtful(t, nil, tt.below, tt.text, 0)
				v, counted, logged := doubtful(t, &j, tt.below, tt.text, 0)
				if v.Category != first.Category || v.Severity != first.Severity || v.Tier != first.Tier || v.RunnerUp != first.RunnerUp || v.Score != first.Score {
					t.Errorf("%+v, first %+v", v, first)
				}
				if strings.Contains(counted, `"OpinionsMissing":1`) != tt.missing || strings.Contains(counted, "OpinionsHeard") || strings.Contains(logged, "no second opinion") != tt.missing {
					t.Errorf("counted %s, logged %s", counted, logged)
				}
				if strings.Contains(logged, "address") {
					t.Errorf("the customer's words are in the log: %s", logged)
				}
				if asked := len(j.asked) > 0; asked != (tt.missing && !tt.judge.spent) || len(j.days) > 0 != tt.missing {
					t.Errorf("asked %q, spent %v", j.asked, j.days)
				}
				if took := time.Since(began); took > 0 != tt.judge.never || took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestNobodyIsAskedUnlessThePolicySaysSo(t *testing.T) {
	t.Parallel()
	tr, w := open(t)
	p, err := rules.Load(bytes.Replace(policy.Default, []byte("  below: 0.40\n"), []byte("  below: 1\n"), 1), "default")
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{category: desk.Fraud, severity: desk.Critical}
	w.policy, tr.Opinion, tr.Allowance = p, j, j
	if err := tr.Event(t.Context(), event(t, desk.Event{Kind: desk.MessageCreated, ID: "m", Text: asksForIt})); err != nil {
		t.Fatal(err)
	}
	if v := w.commits[0].Entry.Verdict; !v.Unsure() || len(j.asked)+len(j.days) > 0 {
		t.Errorf("asked %q, spent %v; unsure %t", j.asked, j.days, v.Unsure())
	}
}
