package simulator

import (
	"slices"
	"strings"

	"example.com/skala/infra/simulator/platforms"
)

// accountNames are what the page calls accounts by: channel/app, and the id as
// well where that is not enough.
func accountNames(accounts []platforms.Account) []string {
	var names []string
	for _, a := range accounts {
		name := a.Channel + "/" + a.App
		if slices.Contains(names, name) {
			name += "/" + a.ID
		}
		names = append(names, name)
	}
	return names
}

// choiceOf reads such a name.
func choiceOf(name string) (channel, app, account string) {
	channel, rest, _ := strings.Cut(name, "/")
	app, account, _ = strings.Cut(rest, "/")
	return channel, app, account
}

func channelName(channel string) string {
	name := map[string]string{
		"line": "LINE", "telegram": "Telegram", "viber": "Viber", "zalo": "Zalo", "slack": "Slack", "discord": "Discord", "linkedin": "LinkedIn", "youtube": "YouTube", "tiktok": "TikTok", "standard": "Standard Webhooks", "messenger": "Messenger", "facebook_page": "Facebook page", "instagram": "Instagram",
		"whatsapp": "WhatsApp", "threads": "Threads", "x": "X",
	}[channel]
	if name == "" {
		return channel
	}
	return name
}

// place notes where customers can speak, and where they do.
func (v *view) place(places []string) {
	names := map[string]string{
		"": "Direct chat", "direct": "Direct chat", "group": "Group", "comment": "Comments", "reply": "Answers to the brand's post", "mention": "Mentions", "quote": "Quotes",
		"post": "Posts on the page", "review": "Reviews", "live": "During a broadcast", "ad": "Under an ad", "tag": "Mentions in pictures",
	}
	switch {
	case v.Account.Channel == "line":
		places, v.usual = []string{"", "group"}, ""
	case !slices.Contains(places, v.In):
		v.In, v.usual = places[0], places[0]
	default:
		v.usual = places[0]
	}
	v.Group = v.Account.Channel == "line" && v.In != "" || v.In == "group"
	v.Public = v.Account.Channel != "line" && v.In != "direct"
	v.Place = strings.ToLower(names[v.In])
	if v.Group {
		v.Place = "in a group of demo customers"
	}
	if len(places) < 2 {
		return
	}
	for _, p := range places {
		current := p == v.In || v.Group && p == "group"
		v.Places = append(v.Places, choice{Href: v.link("in", p), Name: names[p], Current: current})
	}
}

// A button is something to do.
type button struct{ Do, Label string }

// buttons are what can be done here beside writing: by the customer, and by
// others.
func buttons(does []string, public bool) (customer, others []button) {
	for _, b := range []button{
		{"sticker", "Sticker"}, {"picture", "Picture"}, {"location", "Location"}, {"file", "File"}, {"follow", "Follow"}, {"unfollow", "Block"},
		{"album", "Three pictures"}, {"voice", "Voice"}, {"contact", "Contact"}, {"link", "Link"}, {"share", "Share a post"}, {"choose", "Press a button of ours"},
		{"story_reply", "Answer a story"}, {"story_mention", "Mention in a story"}, {"unsupported", "Something unsupported"}, {"encrypted", "Encrypted"},
		{"react", "React"}, {"read", "Read"}, {"typing", "Type"}, {"renumber", "Get another number"},
	} {
		chat := !slices.Contains([]string{"picture", "react"}, b.Do)
		if slices.Contains(does, b.Do) && !(public && chat) && (b.Do != "react" || public) {
			customer = append(customer, b)
		}
	}
	for _, b := range []button{
		{"elsewhere", "The brand answers this by another way"}, {"publish", "The brand publishes this"}, {"dashboard", "The platform's own test"},
		{"unknown", "Something undocumented"}, {"error", "An error"}, {"revoke", "Our permission is revoked"},
	} {
		if slices.Contains(does, b.Do) {
			others = append(others, b)
		}
	}
	return customer, others
}

// brandButtons are what the brand can do to a line, not through the desk.
func brandButtons(does []string, b bubble) (list []button) {
	for _, one := range []button{{"hide", "hide"}, {"unhide", "show again"}, {"remove", "remove"}} {
		theirs := slices.Contains(does, "hide") // and not on its own lines alone
		if slices.Contains(does, one.Do) && (one.Do == "remove" || !b.Desk && (one.Do == "hide") != b.Hidden) && (b.Desk || theirs) {
			list = append(list, one)
		}
	}
	return list
}

// A preset is a fault at one click.
type preset struct{ Fault, Label, Times, After string }

// presets are the faults that a channel can have.
func presets(channel string) (webhooks, sends, asks []preset) {
	w, s, a := platforms.Faults(channel)
	these := func(names []string, all []preset) (list []preset) {
		for _, p := range all {
			if slices.Contains(names, p.Fault) {
				list = append(list, p)
			}
		}
		return list
	}
	return these(w, []preset{
			{"redeliver", "Send it again twice, a second apart", "2", "1s"},
			{"redeliver", "Send it again after two minutes", "1", "2m"},
			{"retries", "Send it again twelve times in 20 s, ever less often", "12", "20s"},
			{"duplicate", "Send five copies at once", "5", ""},
			{"reorder", "Hold it until the next one has gone", "", "30s"},
			{"batch", "Put it in one body with the next one", "", "30s"},
			{"tamper", "Change one byte after signing", "", ""},
			{"stale", "Sign it as ten minutes old", "", ""},
			{"standby", "Another app has the thread", "", ""},
			{"flat", "A comment in the flat envelope", "", ""},
			{"unnamed", "Nobody says who wrote it", "", ""},
			{"twin", "A mention that comes twice", "", ""},
			{"thin", "A thin notice", "", ""},
			{"aaa", "The old API's shape", "", ""},
		}), these(s, []preset{
			{"timeout", "Accept it, then answer nothing", "", "40s"},
			{"lost", "Accept it, then cut the line", "", ""},
			{"broken", "Accept it, then answer 500", "", ""},
			{"429", "Too many, for 10 s", "", "10s"},
			{"500", "500, not accepted", "", ""},
			{"401", "The token has expired", "", ""},
			{"400", "Refused for good", "", ""},
			{"quota", "429, the month is used up", "", ""},
			{"410", "410, the receiver is gone", "", ""},
			{"window", "Too late for free text", "", ""},
			{"unreachable", "This person cannot be written to", "", ""},
			{"unsummoned", "The author did not ask us", "", ""},
			{"undelivered", "Accept it, and say later that it never arrived", "", ""},
			{"early", "Send the echo before the answer", "", ""},
			{"silent", "Send no echo", "", ""},
		}), these(a, []preset{
			{"unfetched", "Fail for now", "", ""},
			{"gone", "There is no such thing", "", ""},
			{"revoked", "Give no next tokens", "", ""},
			{"swallowed", "Give the next tokens, and lose the answer", "", ""},
		})
}
