package people_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

func sound() people.SavedReply {
	return people.SavedReply{ID: "1", Title: "Refund", Text: "Hello {customer}, {agent}", Language: "en", Owner: "ann"}
}

func TestEveryMistakeOfASavedReplyIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	d := people.NewDirectory(nil, []people.Team{{ID: "money"}}, nil)
	for _, tt := range []struct {
		name   string
		change func(*people.SavedReply)
		want   string
	}{
		{"a sound one", func(*people.SavedReply) {}, ""},
		{"a team's", func(r *people.SavedReply) { r.Owner, r.Team = "", "money" }, ""},
		{"braces that close nothing", func(r *people.SavedReply) { r.Text = "a { b } { \n}" }, `text: "{ b }" at character 3 is no place that can be filled; there are {customer}, {agent}, {ticket}, {brand}`},
		{"an unknown place behind Thai", func(r *people.SavedReply) { r.Text = "สวัสดี {name}" }, `text: "{name}" at character 8 is no place that can be filled; there are {customer}, {agent}, {ticket}, {brand}`},
		{"no text", func(r *people.SavedReply) { r.Text = " \n" }, "text: is missing"},
		{"a long text", func(r *people.SavedReply) { r.Text = strings.Repeat("a", people.MaxReplyText+1) }, "text: has more than 3000 bytes"},
		{"a text that turns its line around", func(r *people.SavedReply) { r.Text = "a\u202eb" }, "text: has what can't be seen"},
		{"no title", func(r *people.SavedReply) { r.Title = "" }, "title: is missing"},
		{"a language that the desk does not speak", func(r *people.SavedReply) { r.Language = "fr" }, `language: "fr" is not one of th, es, el, en`},
		{"a category that is none", func(r *people.SavedReply) { r.Categories = []desk.Category{"x"} }, `categories: "x" is none of ours`},
		{"two who have it", func(r *people.SavedReply) { r.Brand = "demo" }, "owner: a saved reply is somebody's, a team's or a brand's: one of these"},
		{"nobody who has it", func(r *people.SavedReply) { r.Owner = "" }, "owner: a saved reply is somebody's, a team's or a brand's: one of these"},
		{"a team that is none", func(r *people.SavedReply) { r.Owner, r.Team = "", "x" }, `team: there is no team "x"; known are money`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := sound()
			tt.change(&r)
			var said []string
			for _, m := range d.CheckReply(r) {
				said = append(said, m.String())
			}
			if got := strings.Join(said, "\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestPlacesAreFilledOnceAndWhatIsNotKnownStaysAGap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, customer, want string }{
		{"Hello {customer}!", "Ana  Díaz", "Hello Ana Díaz!"},
		{"Hello {customer}!", "", "Hello ____!"},
		{"Hello {customer}!", strings.Repeat("😀", 5000), "Hello ____!"},
		{"Hello {customer}!", "a\u202eb", "Hello ____!"},
		{"{customer} {ticket}", "{ticket}", "{ticket} 7"},
		{"{customer", "Ana", "{customer"},
		{"{x} {{customer}}", "Ana", "{x} {Ana}"},
		{"{agent}", "Ana", "____"},
	} {
		if got := people.Fill(tt.text, map[string]string{people.PlaceCustomer: tt.customer, people.PlaceTicket: "7"}); got != tt.want {
			t.Errorf("%q with %.20q: got %q, want %q", tt.text, tt.customer, got, tt.want)
		}
	}
}

func TestWhatIsSavedOfASentReplyNamesNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, customer, want string }{
		{"Dear Ana Díaz, Ana, your case", "Ana Díaz", "Dear {customer}, {customer}, your case"},
		{"Annual fees, Ann", "Ann", "Annual fees, {customer}"},
		{"คุณสมชายครับ ขอบคุณ", "สมชาย", "คุณ{customer}ครับ ขอบคุณ"},
		{"Card 4111 1111 1111 1111, order 99-12-34.", "", "Card ____, order ____."},
		{"2 hours or 24, in 2026", "", "2 hours or 24, in 2026"},
		{"โทร ๐๘๑-๒๓๔๕๖๗๘ ค่ะ", "", "โทร ____ ค่ะ"},
		{"all {best}\nSam", "", "all (best)\n{agent}"},
		{"a customer called customer", "customer", "a {customer} called {customer}"},
	} {
		if got := people.Template(tt.text, map[string]string{people.PlaceCustomer: tt.customer, people.PlaceAgent: "Sam"}); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestASearchFindsWordsHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	all := []people.SavedReply{
		{ID: "el", Title: "Επιστροφή χρημάτων", Text: "Γεια σας"},
		{ID: "es", Title: "Devolución", Text: "Le devolvemos el importe"},
		{ID: "th", Title: "คืนเงิน", Text: "ขออภัยอย่างยิ่ง", Tags: []string{"refund"}},
	}
	for search, want := range map[string]string{
		"": "el es th", "επιστροφη": "el", "ΧΡΗΜΑΤΩΝ γεια": "el", "devolucion importe": "es", "DEVOLUCIÓN": "es", "คืนเงิน": "th", "อยางยิง": "th", "refund": "th", "refund x": "", "σασ": "el",
	} {
		var got []string
		for _, r := range people.Found(all, search) {
			got = append(got, r.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q found %v, want %s", search, got, want)
		}
	}
}

func TestWhatIsOfferedFirstFitsTheConversation(t *testing.T) {
	t.Parallel()
	ticket := desk.Ticket{Origin: desk.Origin{Platform: "x", Brand: "demo"}, Lang: "th"}
	ticket.Category, ticket.Tags = "billing", []string{"vip"}
	all := []people.SavedReply{
		{ID: "english", Language: "en", Categories: []desk.Category{"billing"}, Uses: 900, Text: "a"},
		{ID: "often", Language: "th", Uses: 30, Text: "a"},
		{ID: "category", Language: "th", Categories: []desk.Category{"billing"}, Text: "a"},
		{ID: "tag", Language: "th", Tags: []string{"vip"}, Text: "a"},
		{ID: "long", Language: "th", Uses: 30, Text: strings.Repeat("字", 141)},
		{ID: "line", Language: "th", Platforms: []desk.Platform{"line"}, Text: "a"},
		{ID: "other brand", Language: "th", Brands: []string{"other"}, Text: "a"},
		{ID: "of another brand", Language: "th", Brand: "other", Text: "a"},
	}
	var got []string
	for _, o := range people.Offer(all, ticket, desk.Length{Value: 280, Unit: "weighted characters"}, nil) {
		if o.Long != (o.ID == "long") || o.Fits != slices.Contains([]string{"english", "category", "tag"}, o.ID) {
			t.Errorf("%s: long %t, fits %t", o.ID, o.Long, o.Fits)
		}
		got = append(got, o.ID)
	}
	if want := []string{"category", "tag", "often", "long", "english"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestASavedReplyIsSeenAndKeptByWhoseItIs(t *testing.T) {
	t.Parallel()
	d := people.NewDirectory([]people.Member{{ID: "ann", Teams: []string{"money"}}, {ID: "bo", Brands: []string{"other"}}, {ID: "lee", Teams: []string{"money"}}}, []people.Team{{ID: "money"}}, nil)
	own, team, brand := sound(), sound(), sound()
	team.Owner, team.Team = "", "money"
	brand.Owner, brand.Brand = "", "demo"
	person := func(id string, roles ...people.Role) people.Person { return people.Person{ID: id, Roles: roles} }
	for _, tt := range []struct {
		who       people.Person
		sees, may string // of own, team, brand
	}{
		{person("ann", people.Agent), "own team brand", "own"},
		{person("bo", people.Agent), "", ""},
		{person("bo", people.Lead), "", ""},
		{person("lee", people.Lead), "team brand", "team brand"},
		{person("root", people.Admin), "team brand", "team brand"},
	} {
		var sees, may []string
		for _, r := range []struct {
			name string
			is   people.SavedReply
		}{{"own", own}, {"team", team}, {"brand", brand}} {
			if d.SeesReply(tt.who, r.is) {
				sees = append(sees, r.name)
			}
			if d.MayKeepReply(tt.who, people.SavedReply{}, r.is) == nil {
				may = append(may, r.name)
			}
			if err := d.MayKeepReply(tt.who, r.is, own); tt.who.ID != "ann" && err == nil {
				t.Errorf("%s may make a reply of %s's somebody else's", tt.who.ID, r.name)
			}
		}
		if strings.Join(sees, " ") != tt.sees || strings.Join(may, " ") != tt.may {
			t.Errorf("%s %v sees %v and keeps %v, want %q and %q", tt.who.ID, tt.who.Roles, sees, may, tt.sees, tt.may)
		}
	}
}
