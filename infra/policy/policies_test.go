package policy_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// documents are the policies that stand ready.
var documents = []string{"default.yaml", "small-firm.yaml", "b2b.yaml", "live-service.yaml"}

func read(t *testing.T, name string) *policy.Policy {
	t.Helper()
	document, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load(document, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePoliciesThatStandReadyAreSound(t *testing.T) {
	t.Parallel()
	for _, name := range documents {
		document, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if doubts, err := policy.Check(document, name); err != nil || len(doubts) > 0 {
			t.Errorf("%s: %v %v", name, doubts, err)
		}
		if len(document) > 20_000 {
			t.Errorf("%s has %d bytes: does it repeat the lexicon?", name, len(document))
		}
	}
}

// A said is a message and what the lead of such a desk expects of it.
type said struct {
	text     string
	author   desk.Author
	thread   policy.Thread
	category desk.Category
	severity desk.Severity
	tier     desk.Tier
	team     string
	lane     string
}

func (s said) check(t *testing.T, p *policy.Policy) {
	t.Helper()
	v := p.Classify(policy.Message{Text: s.text, Visibility: desk.Private, Platform: "line", Author: s.author, Thread: s.thread})
	grave := v.Severity == s.severity || s.severity == desk.Critical && v.Severity == desk.High // what is critical and what is high is for weights to say
	if v.Category != s.category || !grave || v.Tier != s.tier || v.Team != s.team || v.Lane != s.lane {
		t.Errorf("%q is %s, %s, tier %d, team %q, lane %q; want %s, %s, %d, %q, %q: %+v",
			s.text, v.Category, v.Severity, v.Tier, v.Team, v.Lane, s.category, s.severity, s.tier, s.team, s.lane, v.Reasons)
	}
	if s.lane != "" {
		ticket := desk.Ticket{Category: v.Category, Severity: v.Severity, Lane: v.Lane, Disposition: v.Disposition()}
		if _, ok := p.Plan.Target(ticket, desk.FirstResponse); !ok {
			t.Errorf("%q takes lane %s and has no clock", s.text, s.lane)
		}
	}
}

func TestASmallFirmAnswersAtOneDeskAndMendsAtAnother(t *testing.T) {
	t.Parallel()
	p := read(t, "small-firm.yaml")
	yes := true
	known := desk.Author{Verified: &yes}
	for _, s := range []said{
		{text: "Your site is down, I can't work", category: desk.Outage, severity: desk.Critical, tier: 4},
		{text: "La página está caída desde ayer", category: desk.Outage, severity: desk.Critical, tier: 4},
		{text: "Έχει πέσει το δίκτυο, δεν λειτουργεί τίποτα", category: desk.Outage, severity: desk.Critical, tier: 4},
		{text: "แอปล่มค่ะ ใช้งานไม่ได้เลย", category: desk.Outage, severity: desk.Critical, tier: 4},
		{text: "I was charged twice this month", category: desk.Billing, severity: desk.Critical, tier: 1},
		{text: "Me han cobrado dos veces el mismo mes", category: desk.Billing, severity: desk.Critical, tier: 1},
		{text: "Με χρεώσατε δύο φορές", category: desk.Billing, severity: desk.Critical, tier: 1},
		{text: "โดนตัดเงินสองรอบค่ะ", category: desk.Billing, severity: desk.Critical, tier: 1},
		{text: "Me han cobrado dos veces el mismo mes", author: known, category: desk.Billing, severity: desk.Critical, tier: 1},
		{text: "I want to buy two licences, how much is it", category: desk.Sales, severity: desk.High, tier: 1, lane: "sales"},
		{text: "Quisiera contratar el plan familiar", category: desk.Sales, severity: desk.High, tier: 1, lane: "sales"},
		{text: "How do I change the language of the app?", author: known, category: desk.HowTo, severity: desk.Low, tier: 1},
		{text: "Άψογοι, σας ευχαριστώ πολύ!", category: desk.Praise, severity: desk.Low, tier: 1},
		{text: "Subscribe to my channel and earn money https://spam.example", category: desk.Spam, severity: desk.Low, tier: 0},
	} {
		s.check(t, p)
	}
	if v := p.Classify(policy.Message{Text: "my account was hacked"}); slices.Contains(v.Tags, "security") {
		t.Errorf("tags %q, among them one that the firm does not declare", v.Tags)
	}
}

func TestABusinessDeskKnowsItsCustomersAndItsHours(t *testing.T) {
	t.Parallel()
	p := read(t, "b2b.yaml")
	yes := true
	acme, whale := desk.Author{Organisation: "acme"}, desk.Author{Organisation: "whale", VIP: &yes}
	for _, s := range []said{
		{text: "Production is down, the API returns 500", author: acme, category: desk.Outage, severity: desk.Critical, tier: 3, team: "athens"},
		{text: "Producción está caída, la API devuelve error", author: acme, category: desk.Outage, severity: desk.Critical, tier: 3, team: "madrid"},
		{text: "API ล่ม ใช้งานไม่ได้เลยครับ", author: acme, category: desk.Outage, severity: desk.Critical, tier: 3, team: "bangkok"},
		{text: "Δεν λειτουργεί τίποτα, έπεσε η παραγωγή", author: acme, category: desk.Outage, severity: desk.Critical, tier: 3, team: "athens"},
		{text: "How do I change the language of the app?", category: desk.HowTo, severity: desk.Low, tier: 0, team: "athens"},
		{text: "How do I change the language of the app?", author: acme, category: desk.HowTo, severity: desk.Normal, tier: 1, team: "athens"},
		{text: "How do I change the language of the app?", author: whale, category: desk.HowTo, severity: desk.High, tier: 3, team: "accounts", lane: "vip"},
		{text: "¿Cómo puedo cambiar el idioma?", author: acme, category: desk.HowTo, severity: desk.Normal, tier: 1, team: "madrid", lane: "spain"},
		{text: "ลืมรหัสผ่านค่ะ", category: desk.Access, severity: desk.Normal, tier: 1, team: "bangkok", lane: "asia"},
		{text: "ลืมรหัสผ่านค่ะ", author: acme, category: desk.Access, severity: desk.High, tier: 2, team: "bangkok"},
		{text: "I was charged twice this month", author: acme, category: desk.Billing, severity: desk.Critical, tier: 3, team: "contracts"},
		{text: "Θα σας κάνω μήνυση, έρχεται ο δικηγόρος μου", author: acme, category: desk.Compliance, severity: desk.Critical, tier: 3, team: "contracts"},
		{text: "Great service, thank you so much", author: whale, category: desk.Praise, severity: desk.Low, tier: 3, team: "accounts"},
	} {
		s.check(t, p)
	}
	// Monday nine o'clock in Bangkok is Monday two or three o'clock in Athens.
	monday := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for lane, want := range map[string]time.Time{"asia": monday.Add(4 * time.Hour), "spain": time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} {
		ticket := desk.Ticket{Severity: desk.Normal, Lane: lane, Disposition: desk.NeedsAnswer}
		target, _ := p.Plan.Target(ticket, desk.FirstResponse)
		if got := p.Plan.Deadline(target.Calendar, monday, target.Time); !got.Equal(want) {
			t.Errorf("lane %s: a first response is due %v, want %v", lane, got, want)
		}
	}
}

func TestALiveServiceCountsMinutes(t *testing.T) {
	t.Parallel()
	p := read(t, "live-service.yaml")
	for _, s := range []said{
		{text: "My food still not here and the driver is not moving", category: desk.Delivery, severity: desk.Critical, tier: 2, team: "live", lane: "live"},
		{text: "La comida no llega y el repartidor no se mueve", category: desk.Delivery, severity: desk.Critical, tier: 2, team: "live", lane: "live"},
		{text: "Πού είναι το φαγητό; ο διανομέας δεν απαντάει", category: desk.Delivery, severity: desk.Critical, tier: 2, team: "live", lane: "live"},
		{text: "อาหารยังไม่มาเลย ไรเดอร์ไม่ขยับ", category: desk.Delivery, severity: desk.Critical, tier: 2, team: "live", lane: "live"},
		{text: "I was charged twice for the ride last week", category: desk.Billing, severity: desk.Critical, tier: 1, team: "money"},
		{text: "The driver is drunk, let me out of the car", category: desk.Compliance, severity: desk.Critical, tier: 3, team: "safety", lane: "danger"},
		{text: "El conductor va borracho y hemos tenido un accidente", category: desk.Compliance, severity: desk.Critical, tier: 3, team: "safety", lane: "danger"},
		{text: "Είχαμε ατύχημα, ο οδηγός είναι μεθυσμένος", category: desk.Compliance, severity: desk.Critical, tier: 3, team: "safety", lane: "danger"},
		{text: "คนขับเมา เกิดอุบัติเหตุ", category: desk.Compliance, severity: desk.Critical, tier: 3, team: "safety", lane: "danger"},
		{text: "How do I change the language of the app?", category: desk.HowTo, severity: desk.Low, tier: 0},
		{text: "Amazing driver, thank you so much!", category: desk.Praise, severity: desk.Low, tier: 0},
	} {
		s.check(t, p)
	}
	live := desk.Ticket{Severity: desk.High, Lane: "live", Disposition: desk.NeedsAnswer}
	if target, _ := p.Plan.Target(live, desk.FirstResponse); target.Time != 3*time.Minute || target.Calendar != "" {
		t.Errorf("a trip under way has its first response in %v by %q, want 3m around the clock", target.Time, target.Calendar)
	}
	waiting := policy.Message{Text: "where do I find the pick up point", Thread: policy.Thread{Unanswered: 1}}
	if v := p.Classify(waiting); v.Lane != "live" || v.Severity < desk.High {
		t.Errorf("who stands at the pick up point takes lane %q, %s", v.Lane, v.Severity)
	}
}

func TestTheDefaultDeskLeavesWhatIsLiveToOthers(t *testing.T) {
	t.Parallel()
	p := read(t, "default.yaml")
	if v := p.Classify(policy.Message{Text: "the driver is outside"}); slices.Contains(v.Tags, "live") {
		t.Errorf("tags %q", v.Tags)
	}
}

func TestEachPolicyExplainsItself(t *testing.T) {
	t.Parallel()
	for _, name := range documents {
		p := read(t, name)
		for _, tag := range p.Tags() {
			if tag.Settable() && !strings.HasSuffix(tag.About, ".") {
				t.Errorf("%s: tag %s says %q of itself, which is no sentence", name, tag.Name, tag.About)
			}
		}
		for _, team := range p.Teams() {
			if !strings.HasSuffix(team.About, ".") {
				t.Errorf("%s: team %s says %q of itself, which is no sentence", name, team.Name, team.About)
			}
		}
	}
}

func TestABreachFirstTakesATicketUpWhateverItsChain(t *testing.T) {
	t.Parallel()
	for _, name := range documents {
		p := read(t, name)
		for severity := desk.Low; severity <= desk.Critical; severity++ {
			for _, lane := range []string{"", "danger", "live", "vip"} {
				for _, team := range []string{"", "contracts"} {
					for _, m := range desk.Metrics {
						c := p.Plan.Chain(desk.Ticket{Severity: severity, Lane: lane, Team: team, Category: desk.Outage}, m)
						if c.Steps[0] != (desk.Step{Do: desk.RaiseTier}) || c.Repeat == 0 || c.Limit <= len(c.Steps) || c.Steps[len(c.Steps)-1].Do != desk.RaiseTier {
							t.Errorf("%s: severity %v in lane %q: %+v", name, severity, lane, c)
						}
					}
				}
			}
		}
	}
}

func TestTheDefaultPolicyPagesALeadOfWhatIsCritical(t *testing.T) {
	t.Parallel()
	p := read(t, "default.yaml")
	var pages []time.Duration
	for severity := desk.Low; severity <= desk.Critical; severity++ {
		after := time.Duration(-1)
		for _, s := range p.Plan.Chain(desk.Ticket{Severity: severity}, desk.FirstResponse).Steps {
			if s.Do == desk.PageLead {
				after = s.After
			}
		}
		pages = append(pages, after)
	}
	if want := []time.Duration{-1, -1, -1, 5 * time.Minute}; !slices.Equal(pages, want) {
		t.Errorf("pages after %v, want %v", pages, want)
	}
}
