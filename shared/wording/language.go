package wording

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/el"
	"github.com/go-playground/locales/en_GB"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/th"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// A Language writes numbers and instants. Hours count to 23 in all of them: deadlines
// stand side by side, and who answers in Bangkok, Madrid and Athens reads no AM. Years
// are those of the common calendar, in Thai too: what platforms, contracts and programs
// say of a customer is dated by it.
type Language struct {
	Code    string // of Languages
	tag     language.Tag
	printer *message.Printer
	days    locales.Translator
}

// In returns the language of a code, English for what is none of Languages.
func In(code string) Language {
	l := Language{Code: code, tag: language.Make(code), printer: message.NewPrinter(language.Make(code))}
	switch code {
	case "th":
		l.days = th.New()
	case "es":
		l.days = es.New()
	case "el":
		l.days = el.New()
	case English:
		l.days = en_GB.New()
	default:
		return In(English)
	}
	return l
}

// Prefer returns the code of the language that fits best what a browser asks for
// (Accept-Language), English where nothing does.
func Prefer(header string) string {
	asked, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return English
	}
	tags := make([]language.Tag, len(Languages))
	for i, code := range Languages {
		tags[i] = language.Make(code)
	}
	_, i, sure := language.NewMatcher(tags).Match(asked...)
	if sure == language.No {
		return English
	}
	return Languages[i]
}

// Speaks reports whether a code is one of Languages.
func Speaks(code string) bool { return slices.Contains(Languages, code) }

// Number writes a whole number, in groups of digits.
func (l Language) Number(n int64) string { return l.printer.Sprint(number.Decimal(n)) }

// Share writes a part of one in whole percent.
func (l Language) Share(part float64) string {
	return l.printer.Sprint(number.Percent(part, number.MaxFractionDigits(0)))
}

// Clock writes the time of day: 14:05.
func (l Language) Clock(t time.Time) string { return t.Format("15:04") }

// Day writes a day without its year: 3 Nov.
func (l Language) Day(t time.Time) string {
	return strconv.Itoa(t.Day()) + " " + l.days.MonthAbbreviated(t.Month())
}

// Date writes a day with its year: 3 Nov 2026.
func (l Language) Date(t time.Time) string { return l.days.FmtDateMedium(t) }

// Weekday writes which day of the week it is, in short: Tue.
func (l Language) Weekday(t time.Time) string { return l.days.WeekdayAbbreviated(t.Weekday()) }

// Exact writes an instant to the second, with the zone that it is told by: 3 Nov 2026,
// 14:05:09 EET.
func (l Language) Exact(t time.Time) string { return l.Date(t) + ", " + t.Format("15:04:05 MST") }
