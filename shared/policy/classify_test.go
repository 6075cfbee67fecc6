package policy_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

func TestTheDeskKnowsWhatCustomersMean(t *testing.T) {
	t.Parallel()
	p := load(t)
	tests := []struct {
		lang, text string
		category   desk.Category
		severity   desk.Severity
		tier       desk.Tier
		because    string // words that decided, as they were written
	}{
		{"th", "สวัสดีค่ะ เมื่อวานโดนตัดเงินสองรอบเลยค่ะ ทำไมเป็นแบบนี้", desk.Billing, desk.Critical, desk.Senior, "ตัดเงินสองรอบ"},
		{"th", "บัตรของฉันถูกเรียกเก็บเงินซ้ำค่ะ", desk.Billing, desk.Critical, desk.Senior, "เรียกเก็บเงินซ้ำ"},
		{"th", "แอปใช้งานไม่ได้เลยยยย", desk.Outage, desk.Critical, desk.Senior, "ใช้งานไม่ได้"},
		{"th", "สั่งไปอาทิตย์ก่อน ยังไม่ได้ของเลยครับ", desk.Delivery, desk.Critical, desk.Senior, "ยังไม่ได้ของ"},
		{"th", "บัญชีโดนแฮกค่ะ ช่วยด้วย", desk.Fraud, desk.Critical, desk.Senior, "โดนแฮก"},
		{"th", "ลืมรหัสผ่านค่ะ", desk.Access, desk.Normal, desk.Individual, "ลืมรหัส"},
		{"th", "สนใจรุ่นนี้ค่ะ ขอราคาหน่อย", desk.Sales, desk.High, desk.Senior, "สนใจ"},
		{"th", "ร้านเปิดกี่โมงคะ", desk.HowTo, desk.Low, desk.General, "กี่โมง"},
		{"th", "พนักงานน่ารักมากกก ขอบคุณค่ะ", desk.Praise, desk.Low, desk.General, "น่ารัก"},

		{"es", "Me han cobrado dos veces el mismo pedido", desk.Billing, desk.Critical, desk.Senior, "cobrado dos veces"},
		{"es", "¡La página está caída desde ayer!", desk.Outage, desk.Critical, desk.Senior, "caída"},
		{"es", "Mi paquete no ha llegado", desk.Delivery, desk.Critical, desk.Senior, "no ha llegado"},
		{"es", "Voy a poner una DENUNCIA en consumo", desk.Compliance, desk.Critical, desk.Senior, "DENUNCIA"},
		{"es", "Quisiera contratar el plan familiar", desk.Sales, desk.High, desk.Senior, "Quisiera contratar"},
		{"es", "¿A qué hora cierran hoy?", desk.HowTo, desk.Low, desk.General, "A qué hora"},
		{"es", "Muchísimas gracias, excelente servicio", desk.Praise, desk.Low, desk.General, "excelente"},

		{"el", "Με χρεώσατε δύο φορές, θέλω πίσω τα χρήματά μου", desk.Billing, desk.Critical, desk.Senior, "Με χρεώσατε"},
		{"el", "ΕΧΕΙ ΠΕΣΕΙ ΤΟ ΔΙΚΤΥΟ", desk.Outage, desk.Critical, desk.Senior, "ΠΕΣΕΙ"},
		{"el", "Το δέμα μου δεν έχει έρθει", desk.Delivery, desk.Critical, desk.Senior, "δεν έχει έρθει"},
		{"el", "Η οθόνη ήρθε σπασμένη", desk.Damaged, desk.Critical, desk.Senior, "σπασμένη"},
		{"el", "Πόσο κοστίζει το μπλε;", desk.Sales, desk.Normal, desk.Individual, "Πόσο κοστίζει"},
		{"el", "Άψογοι, σας ευχαριστώ!", desk.Praise, desk.Low, desk.General, "Άψογοι"},
		{"el", "kalispera, me xreosate dyo fores, thelo ta xrimata mou piso", desk.Billing, desk.Critical, desk.Senior, "me xreosate"},
		{"el", "to dema mou den exei er8ei akoma", desk.Delivery, desk.Critical, desk.Senior, "den exei er8ei"},

		{"en", "I was charged twice this month", desk.Billing, desk.Critical, desk.Senior, "charged twice"},
		{"en", "My account has been hacked, someone changed my password", desk.Fraud, desk.Critical, desk.Senior, "hacked"},
		{"en", "I got food poisoning from your salad", desk.Compliance, desk.Critical, desk.Senior, "food poison"},
		{"en", "Your driver was so rude to my mother", desk.Conduct, desk.High, desk.Senior, "Your driver was"},
		{"en", "Worst service ever!!! I am never coming back", desk.Complaint, desk.High, desk.Senior, "Worst"},
		{"en", "How do I change the language of the app?", desk.HowTo, desk.Low, desk.General, "How do I"},
		{"en", "Please add a dark mode", desk.Request, desk.Low, desk.General, "Please add"},
		{"en", "Subscribe to my channel and earn money https://spam.example", desk.Spam, desk.Low, desk.SelfService, "Subscribe"},
		{"en", "hahaha, happy birthday to you @friend", desk.Other, desk.Low, desk.SelfService, "hahaha"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			v := p.Classify(policy.Message{Text: tt.text})
			if v.Lang != tt.lang || v.Category != tt.category || v.Severity != tt.severity || v.Tier != tt.tier {
				t.Errorf("%s: %s, %s, tier %d; want %s: %s, %s, tier %d\nreasons %+v",
					v.Lang, v.Category, v.Severity, v.Tier, tt.lang, tt.category, tt.severity, tt.tier, v.Reasons)
			}
			because := false
			for _, r := range v.Reasons {
				because = because || strings.Contains(r.Text, tt.because)
			}
			if !because {
				t.Errorf("reasons %+v, want the words %q in one of them", v.Reasons, tt.because)
			}
			holds(t, p, tt.text, v)
		})
	}
}

// holds checks what is true of every verdict.
func holds(t *testing.T, p *policy.Policy, text string, v desk.Verdict) {
	t.Helper()
	score := 0
	for _, r := range v.Reasons {
		score += r.Weight
		if r.Text == "" && r.Start == 0 && r.End == 0 {
			continue // about the author
		}
		if strings.Contains(r.Text, "•••") {
			continue // a number stands there that is not said again
		}
		if r.Start < 0 || r.Start >= r.End || r.End > len(text) || text[r.Start:r.End] != r.Text {
			t.Errorf("reason %+v does not quote %q", r, text)
		} else if !runeBorder(text, r.Start) || !runeBorder(text, r.End) {
			t.Errorf("reason %+v cuts a letter in two", r)
		}
	}
	if v.Score != score {
		t.Errorf("score %d, but the weights add up to %d", v.Score, score)
	}
	if v.Confidence < 0 || v.Confidence > 1 || v.Severity < desk.Low || v.Severity > desk.Critical || v.Tier >= desk.Tiers || v.Policy != p.Hash || v.Tags == nil || v.Reasons == nil {
		t.Errorf("verdict %+v is not a whole one", v)
	}
}

// runeBorder reports whether a rune of text, well-formed or not, begins at i.
func runeBorder(text string, i int) bool {
	for at := range text {
		if at == i {
			return true
		}
	}
	return i == len(text)
}

func TestEachWayToTypeAWordIsFound(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, tt := range []struct{ name, text, quoted string }{
		{"stretched", "I was chaaaarged twiiiice", "chaaaarged twiiiice"},
		{"decomposed accents", "διπλη\u0301 χρε\u0301ωση", "διπλη\u0301 χρε\u0301ωση"},
		{"capitals with accents", "ΔΙΠΛΉ ΧΡΈΩΣΗ", "ΔΙΠΛΉ ΧΡΈΩΣΗ"},
		{"full width", "ｃｈａｒｇｅｄ ｔｗｉｃｅ", "ｃｈａｒｇｅｄ ｔｗｉｃｅ"},
		{"bold letters of mathematics", "𝐜𝐡𝐚𝐫𝐠𝐞𝐝 𝐭𝐰𝐢𝐜𝐞", "𝐜𝐡𝐚𝐫𝐠𝐞𝐝 𝐭𝐰𝐢𝐜𝐞"},
		{"over two lines", "charged\n  twice", "charged\n  twice"},
		{"a few words between", "charged my poor card twice", "charged my poor card twice"},
		{"sara am in two letters", "เรียกเก็บเงินซ้ํา", "เรียกเก็บเงินซ้ํา"},
		{"joiners between Thai letters", "เก็บ\u200bเงิน\u200bซ้ำ", "เก็บ\u200bเงิน\u200bซ้ำ"},
		{"greeklish with h and w", "diplh xrewsh", "diplh xrewsh"},
		{"greeklish with i and o", "einai dipli xreosi", "dipli xreosi"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := p.Classify(policy.Message{Text: tt.text + " ok", Lang: map[bool]string{true: "el"}[strings.HasPrefix(tt.name, "greeklish")]})
			if v.Category != desk.Billing {
				t.Fatalf("%s, want billing; reasons %+v", v.Category, v.Reasons)
			}
			found := false
			for _, r := range v.Reasons {
				found = found || strings.Contains(r.Text, tt.quoted)
			}
			if !found {
				t.Errorf("reasons %+v, want one to quote %q", v.Reasons, tt.quoted)
			}
		})
	}
}

func TestWordsInsideOtherWordsAreNotHeard(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, text := range []string{"what a beautiful lagoon", "@hackedbrand good morning", "see https://example.org/hacked/charged-twice", "oh my god", "scampi"} {
		for _, r := range p.Classify(policy.Message{Text: text}).Reasons {
			if c := strings.SplitN(r.Signal, ".", 2)[0]; c == "fraud" || c == "billing" || c == "damaged" {
				t.Errorf("%q: heard %+v", text, r)
			}
		}
	}
}

func TestADoubleChargeIsHeardHoweverItIsPut(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, text := range []string{
		"ถูกหักเงินสองครั้งค่ะ", "ตัดบัตรสองรอบเลยค่ะ", "ทำไมเก็บเงินดิฉันสองครั้งคะ", "โดนหักเงินไป2รอบ", "คิดเงินเบิ้ล", "หักบัญชีซ้ำค่ะ",
		"me cobraron dos veces", "me han hecho un doble cargo", "cobro duplicado en mi tarjeta",
		"με χρέωσαν διπλά", "χρεώθηκα 2 φορές", "xrewthika 2 fores",
		"you billed me twice", "double charged again", "my card was charged two times",
	} {
		if v := p.Classify(policy.Message{Text: text}); v.Category != desk.Billing || v.Severity != desk.Critical || v.Tier != desk.Senior {
			t.Errorf("%q: %s, %s, tier %d; reasons %+v", text, v.Category, v.Severity, v.Tier, v.Reasons)
		}
	}
}

func TestWordsOfOneLanguageAreNotHeardInAnother(t *testing.T) {
	t.Parallel()
	p := load(t)
	for text, not := range map[string]string{"please calm down": "outage", "สวัสดีค่ะ": "praise", "Mamonde ราคาเท่าไหร่คะ": "abuse", "the solo fan": "praise"} {
		for _, r := range p.Classify(policy.Message{Text: text}).Reasons {
			if strings.HasPrefix(r.Signal, not) {
				t.Errorf("%q: heard %+v", text, r)
			}
		}
	}
}

func TestANegationTurnsOrSilencesASignal(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, tt := range []struct {
		text string
		not  desk.Category
	}{
		{"I was not hacked, all fine", desk.Fraud},
		{"this is not great", desk.Praise},
		{"ไม่ดีเลย ไม่น่ารัก", desk.Praise},
		{"no es excelente", desk.Praise},
		{"δεν είναι τέλειο", desk.Praise},
	} {
		if v := p.Classify(policy.Message{Text: tt.text}); v.Category == tt.not {
			t.Errorf("%q is %s; reasons %+v", tt.text, v.Category, v.Reasons)
		}
	}
	if v := p.Classify(policy.Message{Text: "It's not a problem. I was hacked"}); v.Category != desk.Fraud {
		t.Errorf("a negation reaches into the next sentence: %s, %+v", v.Category, v.Reasons)
	}
}

func TestANegationEndsWithItsClauseItsIdiomAndItsScript(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, text := range []string{
		"no complaints at all I was hacked", "no pasa nada me hackearon la cuenta", "δεν πειράζει μου χάκαραν τον λογαριασμό", "ไม่เป็นไร โดนแฮก",
		"not\nhacked", "did not 😂 hacked", "not - hacked", "no โดนแฮก", "sin χάκαραν τον λογαριασμό",
	} {
		heard := false
		for _, r := range p.Classify(policy.Message{Text: text}).Reasons {
			heard = heard || r.Signal == "fraud.hacked"
		}
		if !heard {
			t.Errorf("%q: what stands before silences that somebody was hacked", text)
		}
	}
	for _, text := range []string{"I was not hacked", "no me hackearon", "δεν μου χάκαραν τον λογαριασμό", "ไม่โดนแฮก", "ไม่ hacked"} {
		for _, r := range p.Classify(policy.Message{Text: text}).Reasons {
			if r.Signal == "fraud.hacked" {
				t.Errorf("%q: nobody was, and yet it is heard", text)
			}
		}
	}
}

func TestWhoSpeaksCounts(t *testing.T) {
	t.Parallel()
	p := load(t)
	yes, no, none, many := true, false, int64(0), int64(250_000)
	troll := desk.Author{HasPicture: &no, Followers: &none, Following: &none}
	for _, tt := range []struct {
		name, text string
		author     desk.Author
		tier       desk.Tier
		because    string
	}{
		{"what the platform does not tell is neutral", "how do I reset it?", desk.Author{}, desk.General, ""},
		{"a verified account is raised", "how do I reset it?", desk.Author{Verified: &yes}, desk.Individual, "author.verified"},
		{"so is a VIP", "how do I reset it?", desk.Author{VIP: &yes}, desk.Individual, "author.vip"},
		{"so is a business customer", "how do I reset it?", desk.Author{Organisation: "acme"}, desk.Individual, "author.organisation"},
		{"so is reach", "how do I reset it?", desk.Author{Followers: &many}, desk.Individual, "author.reach"},
		{"several traits do not add up", "how do I reset it?", desk.Author{Verified: &yes, VIP: &yes, Followers: &many}, desk.Individual, "author.vip"},
		{"nobody is raised beyond the seniors", "I was charged twice", desk.Author{VIP: &yes}, desk.Senior, "author.vip"},
		{"a troll is lowered", "worst service ever, you suck", troll, desk.Individual, "author.troll"},
		{"but with something critical not below tier 2", "I was charged twice", troll, desk.Individual, "author.troll"},
		{"and not below tier 1", "how do I reset it?", troll, desk.General, "author.troll"},
		{"spam stays spam, whoever sends it", "subscribe to my channel, earn money", desk.Author{Verified: &yes}, desk.SelfService, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := p.Classify(policy.Message{Text: tt.text, Author: tt.author})
			found := tt.because == ""
			for _, r := range v.Reasons {
				found = found || r.Signal == tt.because
				if tt.because == "" && strings.HasPrefix(r.Signal, "author.") {
					t.Errorf("reason %+v about an author who gives none", r)
				}
			}
			if v.Tier != tt.tier || !found {
				t.Errorf("tier %d, want %d; reasons %+v", v.Tier, tt.tier, v.Reasons)
			}
			holds(t, p, tt.text, v)
		})
	}
}

func TestAMessageWithoutWordsIsJudgedByWhatIsAttached(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, tt := range []struct {
		name, text  string
		attachments []desk.Attachment
		category    desk.Category
		disposition desk.Disposition
	}{
		{"a picture alone wants an answer", "", []desk.Attachment{{Type: "image"}}, desk.Request, desk.NeedsAnswer},
		{"a file with blanks wants an answer", " \n", []desk.Attachment{{Type: "file"}}, desk.Request, desk.NeedsAnswer},
		{"a sticker alone wants none", "", []desk.Attachment{{Type: "sticker"}}, desk.Other, desk.NeedsNone},
		{"a sticker and a picture want one", "", []desk.Attachment{{Type: "sticker"}, {Type: "image"}}, desk.Request, desk.NeedsAnswer},
		{"nothing at all wants none", "", nil, desk.Other, desk.NeedsNone},
		{"words beside a sticker count", "I was charged twice", []desk.Attachment{{Type: "sticker"}}, desk.Billing, desk.NeedsAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := p.Classify(policy.Message{Text: tt.text, Attachments: tt.attachments})
			if d := v.Disposition(); v.Category != tt.category || d != tt.disposition {
				t.Errorf("%s, %s; want %s, %s", v.Category, d, tt.category, tt.disposition)
			}
			if v.Category == desk.Request && v.Severity != desk.Normal {
				t.Errorf("severity %s, want normal", v.Severity)
			}
		})
	}
}

func TestWhatNobodyUnderstandsIsAnsweredWhenItIsPrivate(t *testing.T) {
	t.Parallel()
	p := load(t)
	if v := p.Classify(policy.Message{Text: "xyzzy", Visibility: desk.Private}); v.Disposition() != desk.NeedsAnswer {
		t.Errorf("private: %s needs no answer", v.Category)
	}
	if v := p.Classify(policy.Message{Text: "@brand xyzzy", Visibility: desk.Group}); v.Disposition() != desk.NeedsAnswer {
		t.Errorf("a group that speaks to us: %s needs no answer", v.Category)
	}
	if v := p.Classify(policy.Message{Text: "xyzzy", Visibility: desk.Public}); v.Disposition() != desk.NeedsNone {
		t.Errorf("public: %s needs an answer", v.Category)
	}
}

func TestTheLanguageIsToldByScriptThenWordsThenThePlatform(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, tt := range []struct{ text, told, want string }{
		{"สวัสดี", "en", "th"},
		{"καλημέρα", "en", "el"},
		{"iPhone เสีย", "", "th"},
		{"το wifi", "", "el"},
		{"the app is gone", "es", "en"},
		{"la aplicación no va", "en", "es"},
		{"den mporo na mpo", "", "el"},
		{"iPhone 15", "es-MX", "es"},
		{"15 %", "", "und"},
		{"👍", "fr", "und"},
		{"", "", "und"},
	} {
		if got := p.Classify(policy.Message{Text: tt.text, Lang: tt.told}).Lang; got != tt.want {
			t.Errorf("%q, told %q: %s, want %s", tt.text, tt.told, got, tt.want)
		}
	}
}

func TestInsultsAreTaggedAndKept(t *testing.T) {
	t.Parallel()
	v := load(t).Classify(policy.Message{Text: "you idiots, I was charged twice"})
	if !v.Abusive || v.Category != desk.Billing || v.Sentiment != desk.Negative || !cmp.Equal(v.Tags, []string{"aggressive"}) {
		t.Errorf("verdict %+v", v)
	}
}

func TestTheSupportProfileSendsTheSameMessagesElsewhere(t *testing.T) {
	t.Parallel()
	document := bytes.Replace(standard.Default, []byte("\nprofile: social\n"), []byte("\nprofile: support\n"), 1)
	p, err := policy.Load(document, "support.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text, organisation string
		tier                     desk.Tier
	}{
		{"tier 1 may refund", "I was charged twice", "", desk.General},
		{"and unlock", "my account is locked", "", desk.General},
		{"an outage is for the seniors", "the site is down", "", desk.Senior},
		{"a question may answer itself", "how do I print it?", "", desk.SelfService},
		{"a business customer enters higher", "I was charged twice", "acme", desk.Senior},
	} {
		if v := p.Classify(policy.Message{Text: tt.text, Author: desk.Author{Organisation: tt.organisation}}); v.Tier != tt.tier {
			t.Errorf("%s: tier %d, want %d (%s, %s)", tt.name, v.Tier, tt.tier, v.Category, v.Severity)
		}
	}
}

func TestATierThatTheDeskLacksIsServedByTheNextOneUp(t *testing.T) {
	t.Parallel()
	document := string(standard.Default)
	for _, line := range []string{"  2: Individual\n", "  3: Senior\n"} {
		document = strings.Replace(document, line, "", 1)
	}
	p, err := policy.Load([]byte(document), "small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Classify(policy.Message{Text: "I was charged twice"}); v.Tier != desk.Vendor {
		t.Errorf("tier %d, want 4", v.Tier)
	}
	if p.TierName(desk.Vendor) == "" || p.TierName(desk.Senior) != "" {
		t.Errorf("tiers %+v", p.Tiers)
	}
}

func TestManyMayJudgeAtOnce(t *testing.T) {
	t.Parallel()
	p := load(t)
	texts := []string{"I was charged twice", "แอปใช้งานไม่ได้เลย", "kalispera, to dema mou den exei er8ei", "gracias, excelente", ""}
	want := make([]desk.Verdict, len(texts))
	for i, text := range texts {
		want[i] = p.Classify(policy.Message{Text: text})
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				n := i % len(texts)
				if diff := cmp.Diff(want[n], p.Classify(policy.Message{Text: texts[n]})); diff != "" {
					t.Error(diff)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAHundredKilobytesTakeNoMoreThanTheirShare(t *testing.T) {
	t.Parallel()
	p := load(t)
	const size = 100_000
	for _, unit := range []string{"a", "เ", "ํ้า", "\u0301", "no no no ", "charged ", "not charged twice ", "den den ", "@a", "https://x ", "\xff", "😡", "ﷺ", ";", "refund .. "} {
		text := strings.Repeat(unit, size/len(unit))
		start := time.Now()
		holds(t, p, text, p.Classify(policy.Message{Text: text}))
		// A second or so on a busy machine; the square of it would be hours.
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%d times %q took %v", size/len(unit), unit, took)
		}
	}
}

func FuzzVerdicts(f *testing.F) {
	p := load(f)
	for _, text := range []string{"ΔΕΝ ΛΕΙΤΟΥΡΓΕΊ \xff no funciona İ gracias", "เเอปใช้งานไม่ได้ ซ้ํา", "@a@b http://", "ﬁnally ½ ﷺ", "xreosi di\u0301plh", "'''---___"} {
		f.Add(text, "el", true)
	}
	f.Fuzz(func(t *testing.T, text, lang string, flag bool) {
		m := policy.Message{Text: text, Lang: lang, Author: desk.Author{Verified: &flag, HasPicture: &flag}}
		v := p.Classify(m)
		holds(t, p, text, v)
		if diff := cmp.Diff(v, p.Classify(m)); diff != "" {
			t.Errorf("judged twice: %s", diff)
		}
	})
}

// FuzzChatter holds what customers rely on: praise and chatter around a
// critical message never take it below tier 2.
func FuzzChatter(f *testing.F) {
	p := load(f)
	critical := []string{"แอปใช้งานไม่ได้", "me han cobrado dos veces", "διπλή χρέωση", "I was charged twice", "mou ekanan dipli xreosi", "mi cuenta fue hackeada", "χάθηκε το δέμα μου", "someone stole my wallet"}
	chatter := []string{"ขอบคุณ", "gracias", "τέλειο!", "I love you all", "haha", "👍", "good morning", "you are the best, really excellent and so helpful", "lol 😂😂", "สุดยอดมากค่ะ", "χρόνια πολλά", "subscribe to my channel", "\n", ""}
	no, none := false, int64(0)
	f.Add(uint8(0), []byte{1, 2, 3}, false)
	f.Add(uint8(4), []byte{3, 7, 7, 3, 7}, true)
	f.Add(uint8(5), []byte{7, 3, 3, 3, 11}, true)
	f.Add(uint8(7), []byte{11}, false)
	f.Fuzz(func(t *testing.T, which uint8, after []byte, troll bool) {
		var b strings.Builder
		b.WriteString(critical[int(which)%len(critical)])
		before := p.Classify(policy.Message{Text: b.String()})
		if before.Severity != desk.Critical {
			t.Fatalf("%q is %s", b.String(), before.Severity)
		}
		for _, pick := range after {
			b.WriteString(" " + chatter[int(pick)%len(chatter)])
		}
		m := policy.Message{Text: b.String()}
		if troll {
			m.Author = desk.Author{HasPicture: &no, Followers: &none, Following: &none}
		}
		if v := p.Classify(m); v.Tier < desk.Individual || v.Severity < desk.Normal || v.Disposition() == desk.NeedsNone || !v.Actionable {
			t.Errorf("%q fell to %s, %s, tier %d", b.String(), v.Category, v.Severity, v.Tier)
		}
	})
}
