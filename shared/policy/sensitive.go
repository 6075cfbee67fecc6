package policy

import (
	"cmp"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
)

// sensitiveTag marks messages that show everybody what should be private. A
// policy that does not declare it does not look.
const sensitiveTag = "sensitive-data"

// masked stands in reasons for numbers that should be stored as seldom as can be.
const masked = "•••"

// A finding is a number in a text that belongs to somebody: where it stands, and
// what it is.
type finding struct {
	start, end int
	what       string
}

// mostShown is how many numbers a verdict points at: a list of them is told by the
// first few, and what is stored must not grow with it.
const mostShown = 8

// warn tags a message that shows a card, an identity, a phone or an account
// number, and says where, without saying it again; nor does any other reason.
func (p *Policy) warn(m *Message, v *desk.Verdict) {
	var all []finding
	for from := 0; ; {
		found, ok := sensitiveIn(m.Text, from, v.Lang)
		if !ok {
			break
		}
		all = append(all, found)
		from = found.end
	}
	if len(all) == 0 {
		return
	}
	v.Tags = set(v.Tags, sensitiveTag)
	for i := range v.Reasons {
		if r := &v.Reasons[i]; r.Text != "" {
			r.Text = without(all, m.Text, r.Start, r.End)
		}
	}
	for _, found := range all[:min(len(all), mostShown)] {
		v.Reasons = append(v.Reasons, desk.Reason{Signal: found.what, Start: found.start, End: found.end, Text: masked})
	}
}

// without returns text from start to end with the mask in place of each of the
// findings, which lie one after the other.
func without(all []finding, text string, start, end int) string {
	first, _ := slices.BinarySearchFunc(all, start, func(f finding, at int) int { return cmp.Compare(f.end, at+1) })
	var b strings.Builder
	for _, f := range all[first:] {
		if f.start >= end {
			break
		}
		b.WriteString(text[start:max(start, f.start)])
		b.WriteString(masked)
		start = min(f.end, end)
	}
	if b.Len() == 0 {
		return text[start:end]
	}
	b.WriteString(text[start:end])
	return b.String()
}

// Sensitive lists what kinds of numbers a text shows that are somebody's own, each
// once, as they come.
func Sensitive(text, lang string) (kinds []string) {
	for from := 0; ; {
		found, ok := sensitiveIn(text, from, lang)
		if !ok {
			return kinds
		}
		kinds, from = set(kinds, found.what), found.end
	}
}

// sensitiveIn returns the first such number of text from from on. It reads each
// byte a bounded number of times.
func sensitiveIn(text string, from int, lang string) (finding, bool) {
	for i := from; i < len(text); i++ {
		if c := text[i]; c-'0' > 9 && c != '+' { // what is below '0' wraps round to above 9
			if c != thaiDigit && c != wideDigit || i+2 >= len(text) || text[i+2]-0x90 > 9 { // every letter of Thai begins so
				continue
			}
			if _, size := digitAt(text, i); size == 0 {
				continue
			}
		}
		// A year or an amount may stand beside it: all the groups of digits, the
		// first, and the four of a card are looked at.
		end := i
		for _, groups := range [...]int{longest, 1, 4} {
			n := numberAt(text, i, groups)
			if what := n.kind(text, lang); what != "" {
				return finding{max(n.start, from), n.end, what}, true // a letter in front may belong to the number before
			}
			if groups == 1 {
				end = n.end
			}
		}
		i = max(i, end-1)
	}
	return finding{}, false
}

// longest is how many digits are of interest.
const longest = 34

// A number is a run of digits, as people write them: in groups, perhaps with a
// letter or two at one end.
type number struct {
	start, end int // of the digits, and then of all that belongs to it
	digits     [longest]byte
	count      int
	groups     [longest]byte // how many digits each group has
	parts      int
	plus       bool
	overlong   bool
}

// numberAt reads the number that begins at i with a digit or a plus, at most so
// many groups of it.
func numberAt(text string, i, groups int) (n number) {
	n.start = i
	if text[i] == '+' {
		n.plus = true
		i++
	}
	n.end = i
	for i < len(text) {
		digit, size := digitAt(text, i)
		switch c := text[i]; {
		case size > 0:
			if n.count == longest {
				n.overlong = true
			} else {
				if n.parts == 0 {
					n.parts = 1
				}
				n.digits[n.count] = digit
				n.groups[n.parts-1]++
				n.count++
			}
			i += size
			n.end = i
			continue
		case n.count > 0 && n.count < longest && n.parts < groups && (c == ' ' || c == '-' || c == '.'):
			next := i + 1
			if c == ' ' && next < len(text) && text[next] == ' ' { // typed twice
				next++
			}
			if _, size := digitAt(text, next); size > 0 {
				n.parts++
				i = next
				continue
			}
		}
		break
	}
	return n
}

// The first bytes of the digits that are no ASCII: Thai ones, and those of full
// width.
const (
	thaiDigit = 0xe0
	wideDigit = 0xef
)

// digitAt returns the digit at i and its bytes, none where there is no digit.
func digitAt(text string, i int) (digit byte, size int) {
	if i >= len(text) {
		return 0, 0
	}
	if d := text[i] - '0'; d <= 9 {
		return d, 1
	}
	if i+2 >= len(text) {
		return 0, 0
	}
	switch {
	case text[i] == thaiDigit && text[i+1] == 0xb9 && text[i+2]-0x90 <= 9:
		return text[i+2] - 0x90, 3
	case text[i] == wideDigit && text[i+1] == 0xbc && text[i+2]-0x90 <= 9:
		return text[i+2] - 0x90, 3
	}
	return 0, 0
}

// kind says whose number it is, if it is anybody's, and makes its span hold the
// letters that belong to it.
func (n *number) kind(text, lang string) string {
	before, after := byte(' '), byte(' ')
	if n.start > 0 {
		before = text[n.start-1]
	}
	if n.end < len(text) {
		after = text[n.end]
	}
	if n.overlong || n.count < 7 {
		if n.iban(text) {
			return "sensitive.account"
		}
		return ""
	}
	switch {
	case n.iban(text):
		return "sensitive.account"
	case n.spanishIdentity(text):
		return "sensitive.identity"
	case n.glued(text, letter(before), letter(after)):
		return "sensitive.card"
	case letter(before) || letter(after) || before == '#' || before == '/' || after == '/' || before == '_':
		return "" // part of a code, a link or a date
	case n.card():
		return "sensitive.card"
	case n.thaiIdentity(), n.greekIdentity(text):
		return "sensitive.identity"
	case n.phone(text, lang):
		return "sensitive.phone"
	}
	return ""
}

// glued reports whether it is a card's that a word was typed against without a
// blank: what is no code's, as it stands in a card's groups or is called a card.
func (n *number) glued(text string, before, after bool) bool {
	if before == after || !n.card() {
		return false
	}
	from := n.start
	for before && from > 0 && letter(text[from-1]) && n.start-from < 10 {
		from--
	}
	return n.parts > 1 && (after || n.start-from > 3) || named(text, n.start, cards[:]...)
}

// cards are what people call theirs.
var cards = [...]string{"card", "visa", "mastercard", "amex", "tarjeta", "κάρτα", "καρτα", "karta", "บัตร"}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// card reports whether it can be a payment card's: of the length and with the
// beginning of one that is issued, in its usual groups or in none, with its
// check digit.
func (n *number) card() bool {
	if n.plus || n.count < 13 || n.count > 19 {
		return false
	}
	two := int(n.digits[0])*10 + int(n.digits[1])
	four := two*100 + int(n.digits[2])*10 + int(n.digits[3])
	switch {
	case two/10 == 4 && (n.count == 13 || n.count == 16 || n.count == 19):
	case n.count == 16 && (two >= 51 && two <= 55 || four >= 2221 && four <= 2720 || two == 35 || two == 65 || four == 6011 || two == 62):
	case n.count == 15 && (two == 34 || two == 37):
	case n.count == 14 && (two == 36 || two == 38 || two == 30):
	default:
		return false
	}
	for _, size := range n.groups[:n.parts] {
		if n.parts > 1 && size > 6 || n.parts > 2 && size < 3 {
			return false
		}
	}
	return luhn(n.digits[:n.count])
}

func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		v := int(d)
		if (len(digits)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// thaiIdentity reports whether it can be a Thai citizen's: 13 digits, or
// 1-4-5-2-1 of them, of a province that exists, with their check digit.
func (n *number) thaiIdentity() bool {
	if n.count != 13 || n.plus || n.digits[0] == 0 || n.digits[0] == 9 || n.digits[1] == 0 {
		return false
	}
	if n.parts > 1 && string(n.groups[:n.parts]) != "\x01\x04\x05\x02\x01" {
		return false
	}
	if n.parts == 1 && n.digits[0] == 8 && n.digits[1] == 8 && n.digits[2] == 5 {
		return false // a Thai article's bar code
	}
	sum := 0
	for i, d := range n.digits[:12] {
		sum += int(d) * (13 - i)
	}
	return byte((11-sum%11)%10) == n.digits[12]
}

// greekIdentity reports whether it can be a Greek social security number, which
// begins with a date of birth, or a tax number that is called one.
func (n *number) greekIdentity(text string) bool {
	if n.plus || n.parts > 1 {
		return false
	}
	switch d := n.digits[:n.count]; n.count {
	case 11:
		day, month := d[0]*10+d[1], d[2]*10+d[3]
		return day >= 1 && day <= 31 && month >= 1 && month <= 12 && luhn(d)
	case 9:
		sum := 0
		for _, v := range d[:8] {
			sum = (sum + int(v)) * 2
		}
		return sum%11%10 == int(d[8]) && sum > 0 && named(text, n.start, "αφμ", "α.φ.μ", "afm")
	}
	return false
}

// spanishIdentity reports whether it can be a Spanish DNI or, with a letter in
// front, NIE: its last letter is that of its number.
func (n *number) spanishIdentity(text string) bool {
	if n.plus || n.count != 8 && n.count != 7 || n.parts > 3 {
		return false
	}
	start, value := n.start, 0
	if n.count == 7 {
		if start > 0 && text[start-1] == '-' {
			start--
		}
		if start == 0 {
			return false
		}
		start--
		lead := text[start] &^ 0x20
		if lead < 'X' || lead > 'Z' || start > 0 && letter(text[start-1]) {
			return false
		}
		value = int(lead - 'X')
	} else if start > 0 && letter(text[start-1]) {
		return false
	}
	for _, d := range n.digits[:n.count] {
		value = value*10 + int(d)
	}
	end := n.end
	if end < len(text) && (text[end] == '-' || text[end] == ' ') {
		end++
	}
	if end >= len(text) || !letter(text[end]) || end+1 < len(text) && (letter(text[end+1]) || text[end+1] >= 0x80 || text[end+1] >= '0' && text[end+1] <= '9') {
		return false
	}
	if end > n.end && text[end-1] == ' ' && text[end] > 'Z' {
		return false // a word of one letter
	}
	if "TRWAGMYFPDXBNJZSQVHLCKE"[value%23] != text[end]&^0x20 {
		return false
	}
	n.start, n.end = start, end+1
	return true
}

// iban reports whether it is an account's: the two letters of a country, two
// digits, and as many letters and digits as are usual there, whose remainder is 1.
func (n *number) iban(text string) bool {
	if n.start < 2 || n.plus || !letter(text[n.start-1]) || !letter(text[n.start-2]) || n.start > 2 && letter(text[n.start-3]) || n.count < 2 {
		return false
	}
	want := ibanLength(text[n.start-2]&^0x20, text[n.start-1]&^0x20) - 4
	remainder, length := 0, 0
	for i := n.start + 2; i < len(text) && length < want; i++ {
		c := text[i]
		if c == ' ' || c == '-' {
			continue
		}
		if !letter(c) && (c < '0' || c > '9') {
			return false
		}
		remainder = remainderOf(remainder, c)
		if length++; length == want && n.closes(remainder, text) && (i+1 == len(text) || !letter(text[i+1]) && (text[i+1] < '0' || text[i+1] > '9')) {
			n.start, n.end = n.start-2, i+1
			return true
		}
	}
	return false
}

// ibanLength is how many letters and digits an account number of a country has,
// 0 where none are issued or none that concern us.
func ibanLength(a, b byte) int {
	switch string([]byte{a, b}) {
	case "NO":
		return 15
	case "BE":
		return 16
	case "NL", "DK", "FI":
		return 18
	case "AT", "LU":
		return 20
	case "CH":
		return 21
	case "DE", "GB", "IE", "BG", "CR":
		return 22
	case "ES", "AD", "RO", "SE", "CZ", "SK":
		return 24
	case "PT":
		return 25
	case "GR", "FR", "IT":
		return 27
	case "CY", "PL", "DO", "HU", "GT":
		return 28
	}
	return 0
}

// remainderOf goes on dividing by 97, with letters as two digits.
func remainderOf(remainder int, c byte) int {
	if c <= '9' {
		return (remainder*10 + int(c-'0')) % 97
	}
	return (remainder*100 + int(c&^0x20-'A') + 10) % 97
}

// closes reports whether an account number whose own part has the remainder is
// one with the country and check digits in front.
func (n *number) closes(remainder int, text string) bool {
	for _, c := range [...]byte{text[n.start-2], text[n.start-1], text[n.start], text[n.start+1]} {
		remainder = remainderOf(remainder, c)
	}
	return remainder == 1
}

// phone reports whether it can be a person's phone: with the country in front,
// or a mobile of the country where the language is spoken. A number that is
// called something else is that.
func (n *number) phone(text, lang string) bool {
	d, own := n.digits[:n.count], false
	switch {
	case n.plus:
		return n.count >= 9 && n.count <= 15
	case named(text, n.start, notPhones[:]...):
		return false
	case lang == codes[thai]:
		own = n.count == 10 && d[0] == 0 && (d[1] == 6 || d[1] == 8 || d[1] == 9)
	case lang == codes[greek]:
		own = n.count == 10 && d[0] == 6 && d[1] == 9
	case lang == codes[spanish]:
		own = n.count == 9 && (d[0] == 6 || d[0] == 7 && d[1] > 0) && (n.parts > 1 || named(text, n.start, "tel", "movil", "móvil", "numero es", "número es", "whatsapp", "llam"))
	case lang == codes[english]:
		own = n.count == 10 && n.parts == 3 && n.groups[0] == 3 && n.groups[1] == 3 && d[0] > 1 && d[3] > 1
	}
	// In any language people may give one of elsewhere.
	return own || (n.count == 9 || n.count == 10) && d[0] == 0 && d[1] > 0 && n.parts > 1 && n.parts < 5 && named(text, n.start, phones[:]...)
}

// phones are the words with which people give theirs.
var phones = [...]string{"call", "phone", "tel", "mobile", "whatsapp", "reach me", "text me", "llam", "movil", "móvil", "τηλ", "κινητ", "καλέστε", "โทร", "เบอร์"}

// notPhones are what numbers are called that may look like a phone's.
var notPhones = [...]string{
	"order", "tracking", "ticket", "case", "invoice", "reference", "ref:", "booking", "nº", "code", "pedido", "factura", "referencia", "seguimiento", "expediente",
	"guia", "guía", "reserva", "codigo", "código", "folio", "παραγγελ", "κωδικ", "αποστολ", "δέμα", "δεμα", "τιμολ", "ออเดอร์", "คำสั่งซื้อ", "พัสดุ", "เลขที่", "แทรค", "รหัส", "ใบเสร็จ", "บัญชี",
}

// named reports whether one of the words stands shortly before from.
func named(text string, from int, words ...string) bool {
	const near = 40 // bytes: some words, whatever the script
	before := strings.ToLower(text[max(0, from-near):from])
	for _, word := range words {
		if strings.Contains(before, word) {
			return true
		}
	}
	return false
}
