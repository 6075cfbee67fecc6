package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

// ruled is the small document with more sections.
func ruled(tb testing.TB, sections string) *policy.Policy {
	tb.Helper()
	p, err := policy.LoadWith([]byte(small+sections), "small.yaml", model.Blank())
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func yes() *bool { b := true; return &b }

func no() *bool { b := false; return &b }

func TestTheFirstRouteThatFitsGivesTheTeam(t *testing.T) {
	t.Parallel()
	p := ruled(t, `
teams:
  web: {about: "The site."}
  north: {about: "Brand north.", brands: [north]}
  greek: {about: "Greek.", languages: [el]}
  big: {about: "Companies."}
  legal: {about: "Law."}
  night: {about: "In private."}
tags:
  broken: {about: "x", team: web}
routes:
  - {when: {categories: [outage], brands: [north]}, team: north}
  - {when: {categories: [outage], platforms: [line]}, team: north}
  - {when: {platforms: [viber]}, team: greek}
  - {when: {languages: [el]}, team: greek}
  - {when: {segments: [b2b], severities: [critical]}, team: big, tier: 4}
  - {when: {authors: [vip, verified]}, team: big}
  - {when: {visibility: [private]}, team: night}
`)
	const down, downGreek = "the site is down", "το site is down δεν"
	for _, tt := range []struct {
		name string
		m    policy.Message
		team string
		tier desk.Tier
	}{
		{"by brand", policy.Message{Text: down, Brand: "north"}, "north", 4},
		{"a team of another brand is passed over", policy.Message{Text: down, Brand: "south", Platform: "line"}, "", 4},
		{"by platform", policy.Message{Text: down, Brand: "north", Platform: "line"}, "north", 4},
		{"a team of another language is passed over", policy.Message{Text: down, Platform: "viber"}, "", 4},
		{"by platform, in the team's language", policy.Message{Text: downGreek, Platform: "viber"}, "greek", 4},
		{"by language", policy.Message{Text: downGreek}, "greek", 4},
		{"by segment", policy.Message{Text: down, Author: desk.Author{Organisation: "acme"}}, "big", 4},
		{"by author", policy.Message{Text: "the", Author: desk.Author{VIP: yes()}}, "big", 0},
		{"by visibility", policy.Message{Text: "the and you", Visibility: desk.Private}, "night", 1},
		{"nobody's", policy.Message{Text: down}, "", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if v := p.Classify(tt.m); v.Team != tt.team || v.Tier != tt.tier {
				t.Errorf("team %q, tier %d; want %q, %d: %+v", v.Team, v.Tier, tt.team, tt.tier, v)
			}
		})
	}
}

func TestATagMayNameItsTeam(t *testing.T) {
	t.Parallel()
	p := load(t)
	for text, team := range map[string]string{
		"my lawyer will hear of this, you broke the law":                       "legal",
		"I want to buy ten of these, who can I talk to":                        "sales",
		"I will kill you all, I know where you live":                           "trust",
		"my account was hacked":                                                "trust",
		"how do I change the language":                                         "",
		"θα σας κάψω το μαγαζί, ξέρω πού μένετε":                               "trust",
		"os voy a matar a todos":                                               "trust",
		"กูจะฆ่าพวกมึง รู้บ้านมึงนะ":                                           "trust",
		"I am a journalist, may I have a comment for our article on the delay": "press",
	} {
		if v := p.Classify(policy.Message{Text: text}); v.Team != team {
			t.Errorf("%q goes to %q, want %q; tags %q", text, v.Team, team, v.Tags)
		}
	}
}

func TestWhatMustBeReportedIsHighAtLeastWhateverElseItIs(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, text := range []string{
		"I will kill you", "te voy a matar", "θα σε σκοτώσω", "กูจะฆ่ามึง",
		"I want to end my life", "quiero suicidarme", "θέλω να αυτοκτονήσω", "อยากฆ่าตัวตาย",
		"go back to your country you driver, worst service", "vete a tu pais, pesimo servicio", "γυρίστε πίσω στη χώρα σας, απαράδεκτοι", "ไอ้ลาว กลับประเทศมึง บริการแย่",
		"I will publish your address online", "voy a publicar tu dirección", "θα δημοσιεύσω τη διεύθυνση του υπαλλήλου", "เดี๋ยวแฉที่อยู่พนักงาน",
		"this page shares child porn", "comparten pornografía infantil", "η σελίδα έχει παιδική πορνογραφία", "เพจนี้มีสื่อลามกเด็ก",
	} {
		v := p.Classify(policy.Message{Text: text, Author: desk.Author{HasPicture: no(), Followers: new(int64), Following: new(int64)}})
		if v.Severity < desk.High || v.Tier < desk.Senior || v.Lane != "danger" || !slices.Contains(v.Tags, "reportable") {
			t.Errorf("%q is %s, %s, tier %d, lane %q, tags %q", text, v.Category, v.Severity, v.Tier, v.Lane, v.Tags)
		}
	}
	for _, text := range []string{"I could kill for a coffee", "me muero de risa con vosotros", "πέθανα στο γέλιο", "ขำจะตายแล้ว", "this app kills my battery", "estoy muerta de sueño", "my phone died"} {
		if v := p.Classify(policy.Message{Text: text}); slices.Contains(v.Tags, "reportable") {
			t.Errorf("%q is taken for a threat: %+v", text, v.Reasons)
		}
	}
}

func TestALaneHurriesWhatFits(t *testing.T) {
	t.Parallel()
	p := ruled(t, `
tags:
  soon: {about: "x"}
lanes:
  - {name: gold, when: {authors: [vip], categories: [outage, howto]}, severity: high, tier: 1, tag: soon}
  - {name: rest, when: {authors: [vip]}}
`)
	for _, tt := range []struct {
		name, text, lane string
		vip              bool
		severity         desk.Severity
		tier             desk.Tier
		tags             string
	}{
		{"nobody in particular", "the site is down", "", false, desk.Critical, 4, ""},
		{"graver as it is", "the site is down", "gold", true, desk.Critical, 4, "soon"},
		{"graver by the lane, and so in another tier", "", "gold", true, desk.High, 4, "soon"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := policy.Message{Text: tt.text}
			if tt.vip {
				m.Author.VIP = yes()
			}
			var v desk.Verdict
			if tt.text != "" {
				v = p.Classify(m)
			} else {
				v = p.Reroute(m, desk.HowTo, desk.Verdict{Category: desk.HowTo, Severity: desk.Low, Tags: []string{}})
			}
			if v.Lane != tt.lane || v.Severity != tt.severity || v.Tier != tt.tier || strings.Join(v.Tags, " ") != tt.tags {
				t.Errorf("lane %q, %s, tier %d, tags %q; want %q, %s, %d, %q", v.Lane, v.Severity, v.Tier, v.Tags, tt.lane, tt.severity, tt.tier, tt.tags)
			}
		})
	}
	if v := p.Reroute(policy.Message{Author: desk.Author{VIP: yes()}}, desk.Spam, desk.Verdict{Category: desk.Spam, Severity: desk.Low, Tags: []string{}}); v.Lane != "" || v.Tier != 0 {
		t.Errorf("spam takes lane %q to tier %d", v.Lane, v.Tier)
	}
}

func TestAuthorsAreKnownByTheLists(t *testing.T) {
	t.Parallel()
	p, err := policy.Load([]byte(strings.Replace(small, "  verified: {weight: 1, tiers: 1}\n", `  press: {weight: 4, tag: press, list: ["x:@Daily_News", "1784000111", ΕΦΗΜΕΡΙΔΑ]}
  industry: {weight: 2, list: ["line:U1"]}
  vip: {weight: 5, list: [mayor]}
`, 1)+"tags: {press: {about: \"x\"}}\n"), "small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		platform desk.Platform
		author   desk.Author
		reason   string
	}{
		{"x", desk.Author{ID: "7", Handle: "daily_news"}, "author.press"},
		{"x", desk.Author{ID: "7", Handle: "@DAILY_NEWS"}, "author.press"},
		{"meta", desk.Author{ID: "7", Handle: "daily_news"}, ""},
		{"meta", desk.Author{ID: "7", Handle: "x:daily_news"}, ""},
		{"x", desk.Author{ID: "7", Handle: "daily_newsroom"}, ""},
		{"meta", desk.Author{ID: "1784000111"}, "author.press"},
		{"meta", desk.Author{ID: "2", Handle: "εφημεριδα"}, "author.press"},
		{"line", desk.Author{ID: "U1"}, "author.industry"},
		{"line", desk.Author{ID: "u1"}, "author.industry"},
		{"x", desk.Author{ID: "U1"}, ""},
		{"x", desk.Author{ID: "9", Handle: "mayor"}, "author.vip"},
		{"x", desk.Author{}, ""},
		{"x", desk.Author{Handle: strings.Repeat("a", 300)}, ""},
	} {
		v := p.Classify(policy.Message{Text: "the site is down", Platform: tt.platform, Author: tt.author})
		got := ""
		for _, r := range v.Reasons {
			if strings.HasPrefix(r.Signal, "author.") {
				got = r.Signal
			}
		}
		if got != tt.reason || (got == "author.press") != slices.Contains(v.Tags, "press") {
			t.Errorf("%s %+v: %q with tags %q, want %q", tt.platform, tt.author, got, v.Tags, tt.reason)
		}
	}
}

func TestWhatCameBeforeCounts(t *testing.T) {
	t.Parallel()
	p := load(t)
	const text = "I forgot my password"
	for _, tt := range []struct {
		thread   policy.Thread
		severity desk.Severity
		reasons  string
	}{
		{policy.Thread{}, desk.Normal, ""},
		{policy.Thread{Earlier: 3}, desk.Normal, ""},
		{policy.Thread{Unanswered: 1}, desk.Normal, "thread.unanswered"},
		{policy.Thread{Unanswered: 2, Repeats: true}, desk.High, "thread.unanswered thread.repeats"},
		{policy.Thread{Returned: true}, desk.Normal, "thread.returned"},
	} {
		v := p.Classify(policy.Message{Text: text, Thread: tt.thread})
		var got []string
		for _, r := range v.Reasons {
			if strings.HasPrefix(r.Signal, "thread.") {
				got = append(got, r.Signal)
			}
		}
		if v.Severity != tt.severity || strings.Join(got, " ") != tt.reasons {
			t.Errorf("%+v: %s, %q; want %s, %q", tt.thread, v.Severity, got, tt.severity, tt.reasons)
		}
		holds(t, p, text, v)
	}
}

func TestTheSameInsultAgainIsATrollsHint(t *testing.T) {
	t.Parallel()
	p := load(t)
	insult := policy.Message{Text: "you idiots", Author: desk.Author{HasPicture: no()}}
	troll := func(m policy.Message) bool {
		return slices.ContainsFunc(p.Classify(m).Reasons, func(r desk.Reason) bool { return r.Signal == "author.troll" })
	}
	if troll(insult) {
		t.Error("an insult without a picture is a troll already")
	}
	insult.Thread.Repeats = true
	if !troll(insult) {
		t.Error("the same insult again is no hint")
	}
	hints, enough := p.Hints(insult.Author, p.Classify(insult), true)
	if want := []policy.Hint{policy.NoPicture, policy.Baseless, policy.SaysAgain}; !slices.Equal(hints, want) || enough == 0 || len(hints) < enough {
		t.Errorf("the hints are %v, of which %d are enough; want %v", hints, enough, want)
	}
	insult.Text = "you idiots, I was charged twice"
	if hints, _ := p.Hints(insult.Author, p.Classify(insult), true); !slices.Equal(hints, []policy.Hint{policy.NoPicture}) {
		t.Errorf("with a cause the hints are %v", hints)
	}
	if hints, _ := p.Hints(desk.Author{}, desk.Verdict{}, true); len(hints) > 0 {
		t.Errorf("of whom nothing is told the hints are %v", hints)
	}
	if v := p.Classify(insult); troll(insult) || v.Tier < desk.Individual {
		t.Errorf("a cause makes no troll: tier %d", v.Tier)
	}
}

func TestABadRatingNeverLowersWhatIsCritical(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(edited(t, "\nprofile: social\n", "\nprofile: support\n"), "x")
	if err != nil {
		t.Fatal(err)
	}
	m := policy.Message{Text: "excellent, thank you so much ❤ my order was cancelled"}
	before := p.Classify(m)
	m.Rating = policy.BadRating
	after := p.Classify(m)
	if before.Tier < desk.Individual || after.Tier < before.Tier || after.Severity < before.Severity || after.Disposition() != desk.NeedsAnswer {
		t.Errorf("%s, %s, tier %d before; with a bad rating %s, %s, tier %d", before.Category, before.Severity, before.Tier, after.Category, after.Severity, after.Tier)
	}
}

func TestASegmentsSeverityRaisesAndNeverLowers(t *testing.T) {
	t.Parallel()
	p := ruled(t, "segments: {b2b: {severity: {access: high, outage: low}}}\n")
	b2b := policy.Message{Author: desk.Author{Organisation: "acme"}}
	for c, want := range map[desk.Category]desk.Severity{desk.Access: desk.High, desk.Outage: desk.Critical, desk.HowTo: desk.Low} {
		if v := p.Reroute(b2b, c, desk.Verdict{Category: c, Severity: p.Usual(c), Tags: []string{}}); v.Severity != want {
			t.Errorf("%s of a company is %s, want %s", c, v.Severity, want)
		}
	}
	if v := p.Reroute(policy.Message{}, desk.Access, desk.Verdict{Category: desk.Access, Severity: desk.Normal, Tags: []string{}}); v.Severity != desk.Normal {
		t.Errorf("access of anybody is %s", v.Severity)
	}
}

func TestTagsAreGoverned(t *testing.T) {
	t.Parallel()
	p, err := policy.Load(edited(t, "  leaving: {about: \"Is going to leave.\"}", "  leaving: {about: \"Is going to leave.\", retired: true}\n  old: {merged: conduct}"), "x")
	if err != nil {
		t.Fatal(err)
	}
	if tag, ok := p.Tag("leaving"); !ok || tag.Settable() || tag.About == "" {
		t.Errorf("a retired tag is %+v, %t", tag, ok)
	}
	if got := p.Resolve("old"); got != "named-employee" {
		t.Errorf("a tag merged twice is %q", got)
	}
	if got := p.Resolve("never heard of"); got != "never heard of" {
		t.Errorf("an undeclared tag is %q", got)
	}
	if _, ok := p.Tag("never heard of"); ok {
		t.Error("an undeclared tag is known")
	}
	if v := p.Classify(policy.Message{Text: "never again, you lost a customer"}); slices.Contains(v.Tags, "leaving") {
		t.Errorf("a retired tag is set: %q", v.Tags)
	}
	old, err := policy.Load([]byte(strings.Replace(small, "outage: {severity: critical}", "outage: {severity: critical, tags: [web, it]}", 1)), "x")
	if err != nil {
		t.Fatal(err)
	}
	if tags := old.Tags(); len(tags) != 2 || tags[0].Name != "it" || tags[1].Name != "web" || !tags[0].Settable() {
		t.Errorf("a document without declared tags has %+v", tags)
	}
}

func TestAMistakeInARuleIsReportedWithItsLine(t *testing.T) {
	t.Parallel()
	line := 1 + strings.Count(small, "\n")
	for _, tt := range []struct{ name, sections, want string }{
		{"an undeclared tag in a lane", "tags: {}\nlanes:\n  - {name: a, tag: gone}", `3: lanes.tag: the tag "gone" is not declared`},
		{"an undeclared tag in a condition", "tags: {}\nlanes:\n  - {name: a, when: {tags: [gone]}}", `3: lanes.when.tags: the tag "gone" is not declared`},
		{"a retired tag", "tags: {a: {about: x, retired: true}}\nlanes: [{name: a, tag: a}]", `2: lanes.tag: the tag "a" is retired`},
		{"a merged tag", "tags: {a: {merged: b}, b: {about: x}}\nlanes: [{name: a, tag: a}]", `2: lanes.tag: the tag "a" was merged into "b"`},
		{"a tag merged into nothing", "tags: {a: {merged: b}}", `1: tags.a: it is merged into "b", which is not declared`},
		{"a tag merged into itself", "tags:\n  a: {merged: b}\n  b: {merged: a}", `2: tags.a: it is merged into itself in the end`},
		{"a tag that nobody explains", "tags: {a: {}}", `1: tags.a: there is no about`},
		{"a tag both retired and merged", "tags: {a: {merged: b, retired: true}, b: {about: x}}", `1: tags.a: it is merged, and so retired already`},
		{"a tag of no team", "tags: {a: {about: x, team: nobody}}", `1: tags.a.team: there is no team "nobody"`},
		{"a route to no team", "routes: [{when: {}, team: nobody}]", `1: routes.team: there is no team "nobody"`},
		{"a route without a team", "routes: [{when: {}}]", `1: routes: there is no team to send it to`},
		{"a lane without a name", "lanes: [{tier: 1}]", `1: lanes: there is no name`},
		{"a lane twice", "lanes:\n  - name: a\n  - name: a", `3: lanes: "a" stands there twice`},
		{"a lane named like a severity", "lanes: [{name: high}]", `1: lanes: "high" is a severity's name`},
		{"an unknown category", "lanes: [{name: a, when: {categories: [love]}}]", `1: lanes.when.categories: "love" is not one of`},
		{"an unknown trait", "lanes: [{name: a, when: {authors: [king]}}]", `1: lanes.when.authors: "king" is not one of vip, press`},
		{"an empty list", "lanes: [{name: a, when: {authors: []}}]", `1: lanes.when.authors: an empty list is for no message`},
		{"a team of no language", "teams: {a: {languages: [fr]}}", `1: teams.a.languages: "fr" is not one of th, es, el, en, und`},
		{"a doubt beyond all", "unsure: {below: 2}", `1: unsure.below: a number from 0 to 1 is expected`},
		{"a patience that is none", "thread: {unanswered: {after: soon}}", `1: thread.unanswered.after: "soon" is not a duration`},
		{"an unknown segment", "segments: {b2g: {}}", `1: segments: unknown field "b2g"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Load([]byte(small+tt.sections+"\n"), "small.yaml")
			number, text, _ := strings.Cut(tt.want, ":")
			want := fmt.Sprintf("small.yaml:%d:%s", line-1+int(number[0]-'0'), text)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
		})
	}
	for name, list := range map[string]string{`"x:" names nobody`: `["x:"]`, `"@a" stands there twice`: `["a", "@a"]`} {
		_, err := policy.Load([]byte(strings.Replace(small, "verified: {weight: 1, tiers: 1}", "press: {list: "+list+"}", 1)), "small.yaml")
		if err == nil || !strings.Contains(err.Error(), "small.yaml:27: authors.press.list: "+name) {
			t.Errorf("error %v, want %q in it", err, name)
		}
	}
}
