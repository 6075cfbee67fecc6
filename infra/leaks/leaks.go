// Package leaks finds in a log what must not be there, whatever form it got there
// in: as it is, escaped, encoded, printed as bytes, or only a part of it.
//
// What is compressed or encrypted it does not find.
package leaks

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A Secret is something that must not be in any log.
type Secret struct {
	Name  string // what it is
	Value string
}

// Words returns a secret of letters in several scripts and of what escaping and
// encoding change, any part of which is unlike any other's.
func Words(name string) Secret {
	var b strings.Builder
	for _, between := range []string{" ", `"`, "ข", `\`, "<", "ñ", "&", "😀", ">", "λ", "/", "\t", "'", "ά", "%", "+", ""} {
		b.WriteString(rand.Text()[:6] + between)
	}
	return Secret{name, b.String()}
}

// Key returns a secret of printable ASCII without spaces.
func Key(name string) Secret { return Secret{name, rand.Text() + "/+" + rand.Text()} }

// A Leak is a part of a secret that was found.
type Leak struct {
	Secret string // its name
	Form   string // the one it was found in
	Around string // the line, or what of it stands around the leak
}

func (l Leak) String() string { return l.Secret + " " + l.Form + ": " + l.Around }

// part is how long a piece of a secret is that counts as the secret, in bytes:
// long enough not to be there by chance, short enough that a secret cut off
// somewhere still holds one.
const part = 12

// stride is by how much the beginnings of pieces lie apart.
const stride = 4

// sample is how much of a pattern is looked up at each place of a log: no pattern
// is shorter.
const sample = 8

type pattern struct {
	text         string
	secret, form string
}

// A Finder looks for secrets.
type Finder struct {
	patterns map[[sample]byte][]pattern
}

// For returns the finder of secrets. One shorter than a piece is looked for as a
// whole, and must not be shorter than eight bytes.
func For(secrets ...Secret) *Finder {
	f := &Finder{patterns: map[[sample]byte][]pattern{}}
	for _, s := range secrets {
		if len(s.Value) < sample {
			panic("leaks: " + s.Name + " is too short to be told from chance")
		}
		for _, piece := range pieces(s.Value) {
			for _, cased := range []string{piece, strings.ToLower(piece)} { // the policy folds what it reads
				for form, texts := range forms(cased) {
					for _, text := range texts {
						f.add(pattern{text, s.Name, form})
					}
				}
			}
		}
	}
	return f
}

func (f *Finder) add(p pattern) {
	if len(p.text) < sample {
		return
	}
	at := [sample]byte([]byte(p.text[:sample]))
	if !slices.ContainsFunc(f.patterns[at], func(old pattern) bool { return old.text == p.text }) {
		f.patterns[at] = append(f.patterns[at], p)
	}
}

// Find returns the first leak of each secret in each form.
func (f *Finder) Find(log []byte) (found []Leak) {
	seen := map[[2]string]bool{}
	for i := 0; i+sample <= len(log); i++ {
		for _, p := range f.patterns[[sample]byte(log[i:i+sample])] {
			if of := [2]string{p.secret, p.form}; !seen[of] && bytes.HasPrefix(log[i:], []byte(p.text)) {
				seen[of] = true
				found = append(found, Leak{p.secret, p.form, around(log, i)})
			}
		}
	}
	return found
}

// around is the line that holds place i, 150 bytes to both sides at most.
func around(log []byte, i int) string {
	from, to := max(0, i-150), min(len(log), i+150)
	if at := bytes.LastIndexByte(log[from:i], '\n'); at >= 0 {
		from += at + 1
	}
	if at := bytes.IndexByte(log[i:to], '\n'); at >= 0 {
		to = i + at
	}
	return strings.ToValidUTF8(string(log[from:to]), "\uFFFD")
}

// pieces cuts a secret at rune borders.
func pieces(value string) (all []string) {
	if len(value) <= part {
		return []string{value}
	}
	for from := 0; from < len(value); from += stride {
		if !utf8.ValidString(value) {
			if from+part <= len(value) {
				all = append(all, value[from:from+part])
			}
			continue
		}
		for from < len(value) && !utf8.RuneStart(value[from]) {
			from++
		}
		to := from + part
		for to < len(value) && !utf8.RuneStart(value[to]) {
			to++
		}
		if to <= len(value) {
			all = append(all, value[from:to])
		}
	}
	return all
}

// forms are the texts that a piece may have become, by the form's name.
func forms(piece string) map[string][]string {
	plain := []string{piece, strings.ToUpper(piece)}
	escaped := []string{inJSON(piece, true), inJSON(piece, false), ascii(piece, "%04x"), ascii(piece, "%04X"), inside(strconv.Quote(piece)), inside(strconv.QuoteToASCII(piece))}
	twice := make([]string, 0, 2*len(escaped))
	for _, once := range escaped {
		twice = append(twice, inJSON(once, true), inJSON(once, false))
	}
	all := map[string][]string{
		"as it is":       plain,
		"escaped":        escaped,
		"escaped twice":  twice,
		"in hexadecimal": {hex.EncodeToString([]byte(piece)), strings.ToUpper(hex.EncodeToString([]byte(piece))), fmt.Sprintf("% x", piece), fmt.Sprintf("% X", piece), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(piece)), "[]byte{"), "}")},
		"as numbers":     {inside(fmt.Sprint([]byte(piece))), strings.ReplaceAll(inside(fmt.Sprint([]byte(piece))), " ", ",")},
	}
	query, path := url.QueryEscape(piece), url.PathEscape(piece)
	for _, text := range []string{query, path, strings.ReplaceAll(query, "+", "%20"), percent(piece)} {
		all["in an address"] = append(all["in an address"], text, lowerEscapes(text), strings.ReplaceAll(text, "%", "%25"))
	}
	for _, text := range []string{piece, escaped[0], escaped[1], escaped[2], query} {
		for offset := range 3 {
			std := aligned(base64.RawStdEncoding, text, offset)
			all["in base64"] = append(all["in base64"], std, aligned(base64.RawURLEncoding, text, offset), inJSON(std, true), url.QueryEscape(std))
		}
	}
	return all
}

// inJSON is s within a JSON string, its quotes left out.
func inJSON(s string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return inside(strings.TrimSuffix(b.String(), "\n"))
}

// ascii is s within a JSON string of ASCII alone, as many languages write it.
func ascii(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		switch quoted := inJSON(string(r), false); {
		case r < utf8.RuneSelf:
			b.WriteString(quoted)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u`+format, unit)
			}
		}
	}
	return b.String()
}

// inside is a quoted or bracketed text without what stands around it.
func inside(s string) string { return s[1 : len(s)-1] }

// percent escapes every byte.
func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// lowerEscapes writes the digits of percent escapes in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// aligned is what of base64 follows from s alone when it begins offset bytes
// into a group of three.
func aligned(e *base64.Encoding, s string, offset int) string {
	whole := e.EncodeToString(append(make([]byte, offset), s...))
	return whole[(offset*8+5)/6 : (offset+len(s))*8/6]
}
