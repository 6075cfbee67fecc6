// Package customers invents the people of the simulator and what they say: a
// dozen personas for whoever plays a customer by hand, and several dozen texts
// in each of the desk's languages for the living stream.
//
// Nobody here exists. Surnames say so in their own language (Ejemplo, Δοκιμή,
// สมมติ, Sample), and every text was written for this package.
package customers

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

//go:embed texts
var files embed.FS

// A Persona is an invented customer. Followers is nil where a platform would
// not tell.
type Persona struct {
	ID        string // short, Latin, stable: what scripts name them by
	Name      string
	Handle    string
	Lang      string // th, es, el, el-Latn (greeklish) or en
	About     string // for whoever plays them
	Picture   bool
	Followers *int
	Following *int
	Verified  bool
	VIP       bool
}

// Personas lists the dozen, grouped by language.
func Personas() []Persona {
	count := func(n int) *int { return &n }
	return []Persona{
		{ID: "malee", Name: "มาลี ตัวอย่าง", Handle: "malee_example", Lang: "th", About: "Orders often, writes politely.", Picture: true, Followers: count(210), Following: count(180)},
		{ID: "somchai", Name: "สมชาย สมมติ", Handle: "somchai_sommut", Lang: "th", About: "In a hurry, no picture.", Followers: count(12), Following: count(90)},
		{ID: "fah", Name: "ฟ้า ทดสอบ", Handle: "fah_test", Lang: "th", About: "Reviews shops, 48,000 followers.", Picture: true, Followers: count(48000), Following: count(310)},
		{ID: "lucia", Name: "Lucía Ejemplo", Handle: "lucia_ejemplo", Lang: "es", About: "From Spain, asks for invoices.", Picture: true, Followers: count(340), Following: count(400)},
		{ID: "mateo", Name: "Mateo de Prueba", Handle: "mateo_prueba", Lang: "es", About: "From Latin America, buys for a hotel.", Picture: true, Followers: count(95), Following: count(120), VIP: true},
		{ID: "carmen", Name: "Carmen Inventada", Handle: "carmen_inventada", Lang: "es", About: "Has had enough.", Followers: count(3), Following: count(15)},
		{ID: "eleni", Name: "Ελένη Δοκιμή", Handle: "eleni_dokimi", Lang: "el", About: "Writes Greek with all its accents.", Picture: true, Followers: count(150), Following: count(160)},
		{ID: "nikos", Name: "ΝΙΚΟΣ ΠΑΡΑΔΕΙΓΜΑ", Handle: "nikos_paradeigma", Lang: "el", About: "Writes in capitals.", Followers: count(40), Following: count(35)},
		{ID: "kostas", Name: "Kostas Fantastikos", Handle: "kostas_fantastikos", Lang: "el-Latn", About: "Types Greek in Latin letters.", Picture: true, Followers: count(77), Following: count(80)},
		{ID: "jo", Name: "Jo Sample", Handle: "jo_sample", Lang: "en", About: "An ordinary customer.", Picture: true, Followers: count(130), Following: count(200)},
		{ID: "robin", Name: "Robin Placeholder", Handle: "robin_placeholder", Lang: "en", About: "Verified, 120,000 followers.", Picture: true, Followers: count(120000), Following: count(500), Verified: true},
		{ID: "nobody", Name: "xX_Mock_Xx", Handle: "xx_mock_xx", Lang: "en", About: "Trolls: no picture, no followers.", Followers: count(0), Following: count(2)},
	}
}

// A Text is something that a customer writes, with slots not filled in yet.
type Text struct {
	Lang     string // as in Persona
	Category string // what whoever wrote it meant, for people; no label to learn from
	Text     string
}

// A Book holds all texts.
type Book struct {
	byLang map[string][]Text
}

// Open reads the texts.
func Open() (*Book, error) {
	b := &Book{byLang: map[string][]Text{}}
	for _, lang := range []string{"th", "es", "el", "en"} {
		doc, err := files.ReadFile("texts/" + lang + ".txt")
		if err != nil {
			return nil, fmt.Errorf("customers: %w", err)
		}
		for number, line := range strings.Split(string(doc), "\n") {
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			category, text, ok := strings.Cut(line, " | ")
			if !ok {
				return nil, fmt.Errorf("customers: texts/%s.txt:%d: no category", lang, number+1)
			}
			t := Text{Lang: lang, Category: category, Text: text}
			if lang == "el" && latin(text) {
				t.Lang = "el-Latn"
			}
			b.byLang[t.Lang] = append(b.byLang[t.Lang], t)
		}
	}
	return b, nil
}

// latin reports whether no Greek letter is in s.
func latin(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x370 && r < 0x400 || r >= 0x1f00 && r < 0x2000 })
}

// Languages lists the languages that there are texts in.
func Languages() []string { return []string{"th", "es", "el", "el-Latn", "en"} }

// Texts returns the texts of a language in their order.
func (b *Book) Texts(lang string) []Text { return b.byLang[lang] }

// Samples returns one text of each category of a language, filled in the same
// way each time: what the page offers for one click.
func (b *Book) Samples(lang string) []Text {
	var samples []Text
	said := map[string]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for _, t := range b.byLang[lang] {
		if !said[t.Category] {
			said[t.Category] = true
			samples = append(samples, t.fill(r))
		}
	}
	return samples
}

// Pick returns a text of a language with its slots filled in.
func (b *Book) Pick(lang string, r *rand.Rand) Text {
	texts := b.byLang[lang]
	return texts[r.IntN(len(texts))].fill(r)
}

// slots are the words of a language that fit its texts' grammar.
type slots struct{ products, cities, days []string }

func words(lang string) slots {
	switch lang {
	case "th":
		return slots{[]string{"แก้ว", "กระเป๋า", "กระติกน้ำ", "หูฟัง"}, []string{"เชียงใหม่", "ขอนแก่น", "หาดใหญ่", "ระยอง"}, []string{"วันจันทร์", "วันพุธ", "วันศุกร์", "วันเสาร์"}}
	case "es":
		return slots{[]string{"termo", "bolso", "molinillo", "reloj"}, []string{"Sevilla", "Zaragoza", "Lima", "Bogotá"}, []string{"lunes", "miércoles", "viernes", "sábado"}}
	case "el":
		return slots{[]string{"φλιτζάνι", "σακίδιο", "ρολόι", "πακέτο"}, []string{"Αθήνα", "Θεσσαλονίκη", "Πάτρα", "Λάρισα"}, []string{"Δευτέρα", "Τετάρτη", "Παρασκευή", "Κυριακή"}}
	case "el-Latn":
		return slots{[]string{"flitzani", "sakidio", "roloi", "paketo"}, []string{"Athina", "Thessaloniki", "Patra", "Larisa"}, []string{"Deftera", "Tetarti", "Paraskevi", "Kyriaki"}}
	default:
		return slots{[]string{"mug", "backpack", "grinder", "watch"}, []string{"Leeds", "Cork", "Athens", "Bristol"}, []string{"Monday", "Wednesday", "Friday", "Saturday"}}
	}
}

func (t Text) fill(r *rand.Rand) Text {
	w := words(t.Lang)
	one := func(of []string) string { return of[r.IntN(len(of))] }
	t.Text = strings.NewReplacer(
		"{order}", strconv.Itoa(10000+r.IntN(90000)), "{amount}", strconv.Itoa(15+r.IntN(400)),
		"{product}", one(w.products), "{city}", one(w.cities), "{day}", one(w.days),
	).Replace(t.Text)
	return t
}

// Passer returns the n-th of a crowd of passers-by, so that a stream is not a
// dozen people talking all day. The same n is always the same person.
func Passer(n int) Persona {
	langs := Languages()
	lang := langs[n%len(langs)]
	var first []string
	var last string
	switch lang {
	case "th":
		first, last = []string{"อร", "ต้น", "พลอย", "นัท", "แก้ว", "บอย", "แนน", "โอ๊ต"}, "นามสมมติ"
	case "es":
		first, last = []string{"Ana", "Diego", "Sofía", "Pablo", "Inés", "Javier", "Paula", "Andrés"}, "Ficticio"
	case "el":
		first, last = []string{"Μαρία", "Γιώργος", "Κατερίνα", "Δημήτρης", "Σοφία", "Πέτρος", "Άννα", "Στέλιος"}, "Φανταστικός"
	case "el-Latn":
		first, last = []string{"Maria", "Giorgos", "Katerina", "Dimitris", "Sofia", "Petros", "Anna", "Stelios"}, "Ypothetikos"
	default:
		first, last = []string{"Alex", "Casey", "Jamie", "Morgan", "Riley", "Taylor", "Drew", "Quinn"}, "Made-Up"
	}
	followers, following := (n*7919)%2500, (n*104729)%900
	return Persona{
		ID: "passer-" + strconv.Itoa(n), Name: first[n/len(langs)%len(first)] + " " + last + " " + strconv.Itoa(n),
		Handle: "passer_" + strconv.Itoa(n), Lang: lang, Picture: n%3 != 0, Followers: &followers, Following: &following,
	}
}

// Thanks and Again are what customers say to an answer: that it helped, and
// that it did not.
func Thanks(lang string, r *rand.Rand) string {
	return pick(r, map[string][]string{
		"th": {"ขอบคุณมากค่ะ", "ได้แล้วครับ ขอบคุณ", "โอเคค่ะ 🙏"}, "es": {"¡Muchas gracias!", "Listo, ya funciona, gracias", "Perfecto 👍"},
		"el": {"Ευχαριστώ πολύ!", "Εντάξει, λύθηκε", "Τέλεια 👍"}, "el-Latn": {"efxaristo poli!", "ok lythike", "teleia 👍"},
		"en": {"Thank you so much!", "That did it, thanks", "Great 👍"},
	}[lang])
}

// Again is the answer of a customer who was not helped.
func Again(lang string, r *rand.Rand) string {
	return pick(r, map[string][]string{
		"th": {"ยังไม่ได้เลยค่ะ", "ตอบช้าจังครับ แล้วจะเสร็จเมื่อไหร่", "ไม่ใช่เรื่องนี้ค่ะ อ่านก่อนไหม"}, "es": {"Sigue igual, no se arregló", "¿Y cuándo me lo resuelven?", "Eso no es lo que pregunté"},
		"el": {"Το ίδιο πρόβλημα έχω ακόμα", "Και πότε θα λυθεί;", "Δεν ρώτησα αυτό"}, "el-Latn": {"akoma to idio provlima", "kai pote tha lythei?", "den rotisa afto"},
		"en": {"It is still the same", "And when will that be solved?", "That is not what I asked"},
	}[lang])
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }
