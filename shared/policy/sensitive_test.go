package policy_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// All numbers here are made up, or are those that card schemes and registries
// give for tests.
func TestNumbersShownInPublicAreFound(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, tt := range []struct{ text, signal, shown string }{
		{"my card 4111 1111 1111 1111 was charged twice", "sensitive.card", "4111 1111 1111 1111"},
		{"my card is 4111111111111111 exp 05/27, charged twice", "sensitive.card", "4111111111111111"},
		{"me cobraron dos veces en la tarjeta 5555-5555-5555-4444", "sensitive.card", "5555-5555-5555-4444"},
		{"4111 1111 1111 1111 05 27 my card", "sensitive.card", "4111 1111 1111 1111"},
		{"paid 500 with 378282246310005 and nothing came", "sensitive.card", "378282246310005"},
		{"บัตร 4111111111111111 โดนตัดเงินสองรอบ", "sensitive.card", "4111111111111111"},
		{"เลขบัตรประชาชน 1101700207030 ค่ะ", "sensitive.identity", "1101700207030"},
		{"บัตรประชาชน 1-1017-00207-03-0 ครับ", "sensitive.identity", "1-1017-00207-03-0"},
		{"mi DNI es 12345678Z y no puedo entrar", "sensitive.identity", "12345678Z"},
		{"mi dni: 12.345.678-z, no puedo entrar", "sensitive.identity", "12.345.678-z"},
		{"mi NIE X1234567L no funciona", "sensitive.identity", "X1234567L"},
		{"το ΑΜΚΑ μου είναι 01018000016 και δεν μπορώ να μπω", "sensitive.identity", "01018000016"},
		{"ΑΦΜ 123456783, δεν μπορώ να μπω", "sensitive.identity", "123456783"},
		{"my iban GB82 WEST 1234 5698 7654 32 please refund", "sensitive.account", "GB82 WEST 1234 5698 7654 32"},
		{"devolvedlo a ES9121000418450200051332", "sensitive.account", "ES9121000418450200051332"},
		{"στείλτε τα στο GR1601101250000000012300695 σας παρακαλώ", "sensitive.account", "GR1601101250000000012300695"},
		{"call me on +44 7700 900123 now", "sensitive.phone", "+44 7700 900123"},
		{"โทรกลับ 081-234-5678 ด้วยค่ะ", "sensitive.phone", "081-234-5678"},
		{"โทร 0812345678 ค่ะ", "sensitive.phone", "0812345678"},
		{"llámame al 612 345 678, no me llega el pedido", "sensitive.phone", "612 345 678"},
		{"πάρτε με στο 6912345678 γιατί δεν ήρθε", "sensitive.phone", "6912345678"},
		{"tarjeta4111 1111 1111 1111 cobrada dos veces", "sensitive.card", "4111 1111 1111 1111"},
		{"my card 4111111111111111stolen", "sensitive.card", "4111111111111111"},
		{"4111  1111  1111  1111 stolen", "sensitive.card", "4111  1111  1111  1111"},
		{"my card ４１１１ １１１１ １１１１ １１１１ was charged", "sensitive.card", "４１１１ １１１１ １１１１ １１１１"},
		{"บัตร ๔๑๑๑๑๑๑๑๑๑๑๑๑๑๑๑ โดนตัดเงินสองรอบ", "sensitive.card", "๔๑๑๑๑๑๑๑๑๑๑๑๑๑๑๑"},
		{"call me 081-234-5678", "sensitive.phone", "081-234-5678"},
		{"โทร ๐๘๑-๒๓๔-๕๖๗๘ ค่ะ", "sensitive.phone", "๐๘๑-๒๓๔-๕๖๗๘"},
		{"call me at 212-555-2123 please, i was charged twice", "sensitive.phone", "212-555-2123"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			v := p.Classify(policy.Message{Text: tt.text, Visibility: desk.Public})
			shown := ""
			for _, r := range v.Reasons {
				if !strings.HasPrefix(r.Signal, "sensitive.") {
					continue
				}
				if r.Signal == tt.signal {
					shown = tt.text[r.Start:r.End]
				}
				if strings.ContainsAny(r.Text, "0123456789") || r.Weight != 0 {
					t.Errorf("reason %+v says the number again, or weighs", r)
				}
			}
			if shown != tt.shown || slices.Contains(v.Tags, "sensitive-data") != (tt.shown != "") {
				t.Errorf("%s at %q, want %q; tags %q, reasons %+v", tt.signal, shown, tt.shown, v.Tags, v.Reasons)
			}
			for _, aside := range []desk.Visibility{desk.Private, desk.Group} {
				if v := p.Classify(policy.Message{Text: tt.text, Visibility: aside}); slices.Contains(v.Tags, "sensitive-data") {
					t.Errorf("%s is for few to see, and tagged", aside)
				}
			}
		})
	}
}

func TestOtherNumbersAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, text := range []string{
		"order 4111111111111112 never arrived",                      // no check digit
		"my order #4111111111111111 never arrived",                  // an order's
		"order 1234567890123456 never arrived, tracking 9400110200", // no issuer
		"tracking EX123456789TH and 1Z999AA10123456784",
		"https://shop.example/o/4111111111111111/track",
		"parcel TH4111111111111111 and EX4111 1111 1111 1111",
		"order 081-234-5678 and part 081-234-5678",
		"call me about order 081-234-5678",
		"on 2026-11-22 at 10:30, and again on 22/11/2026",
		"paid 1.234.567,89 and 12,500.00 and 199.99",
		"version 10.15.7 of 20241122 does not open",
		"pedido 612345678 no ha llegado",
		"mi pedido 12345678 no llega",
		"el vuelo del 20241225 a las 5 se cancelo",
		"12345678A",
		"παραγγελία 6912345678 δεν ήρθε",
		"παραγγελία 123456783 δεν ήρθε",
		"κωδικός αποστολής 99999999999",
		"ออเดอร์ 0812345678 ยังไม่มา",
		"พัสดุ TH0123456789A ยังไม่ได้",
		"บาร์โค้ด 8851234567890",
		"ราคา 1,101,700,207,030 บาท",
		"call 191 or 1669",
		"the code is 1 2 3 4 5 6 7 8 9 0 1 2 3",
		"ES12 is not my flight, GR1234 is",
		"0000000000000000",
		"since 1998 2003 2010 2015",
		"lat 37.9838096 lon 23.7275388",
	} {
		v := p.Classify(policy.Message{Text: text, Visibility: desk.Public})
		if slices.Contains(v.Tags, "sensitive-data") {
			for _, r := range v.Reasons {
				if strings.HasPrefix(r.Signal, "sensitive.") {
					t.Errorf("%q is taken for %s: %q", text, r.Signal, text[r.Start:r.End])
				}
			}
		}
	}
}

func TestSensitiveNumbersAreLookedForOnlyWhereThePolicyHasTheTag(t *testing.T) {
	t.Parallel()
	p, err := policy.Load([]byte(small), "small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Classify(policy.Message{Text: "my card 4111 1111 1111 1111 is down", Visibility: desk.Public}); len(v.Tags) != 0 {
		t.Errorf("tags %q", v.Tags)
	}
}

func TestNoReasonQuotesASensitiveNumber(t *testing.T) {
	t.Parallel()
	p := load(t)
	for text, number := range map[string]string{
		"my card is 4111111111111111 please charge it": "4111111111111111",
		"refund to ES91 2100 0418 4502 0005 1332 now":  "ES91 2100 0418 4502 0005 1332",
		"tarjeta4111 1111 1111 1111 cobrada":           "1111 1111",
		"call me 081-234-5678 i was charged twice":     "234-5678",
		"my card ４１１１１１１１１１１１１１１１ charged twice":       "１１１１",
		"μου χρέωσαν 6912345678 δύο φορές":             "6912345678",
	} {
		for _, visibility := range []desk.Visibility{desk.Public, ""} {
			v := p.Classify(policy.Message{Text: text, Visibility: visibility})
			if !slices.Contains(v.Tags, "sensitive-data") {
				t.Errorf("%q has tags %q", text, v.Tags)
			}
			for _, r := range v.Reasons {
				if strings.Contains(r.Text, number) {
					t.Errorf("%q: %s says it again: %q", text, r.Signal, r.Text)
				}
			}
		}
	}
}

func TestAListOfNumbersIsToldByTheFirst(t *testing.T) {
	t.Parallel()
	p := load(t)
	text := strings.Repeat("+66812345678 ", 2000)
	v := p.Classify(policy.Message{Text: text, Visibility: desk.Public})
	told := 0
	for _, r := range v.Reasons {
		if strings.HasPrefix(r.Signal, "sensitive.") {
			told++
		}
		if strings.Contains(r.Text, "812345678") {
			t.Errorf("%s says one again", r.Signal)
		}
	}
	if told != 8 {
		t.Errorf("%d are told", told)
	}
}

func TestALetterBetweenTwoNumbersBelongsToOne(t *testing.T) {
	t.Parallel()
	p := load(t)
	text := "12345678Z-0000002F" // alone, each is somebody's: the Z ends the first, and begins the second
	end := 0
	for _, r := range p.Classify(policy.Message{Text: text, Visibility: desk.Public}).Reasons {
		if strings.HasPrefix(r.Signal, "sensitive.") {
			if r.Start < end {
				t.Errorf("%s from %d overlaps what ends at %d", r.Signal, r.Start, end)
			}
			end = r.End
		}
	}
	if end != len(text) {
		t.Errorf("the last ends at %d", end)
	}
	if got := policy.Shown(text, "es"); got != "••••••" {
		t.Errorf("shown is %q", got)
	}
}

// FuzzSensitive holds that spans lie on rune borders and that nothing panics.
func FuzzSensitive(f *testing.F) {
	p := load(f)
	for _, text := range []string{"4111 1111 1111 1111", "x1234567l", "ES9121000418450200051332", "+", "+1", "é+30 6912345678é", strings.Repeat("1 ", 50), "gb82 west 1234 5698 7654 32", "card４１１１  １１１１ １１１１ １１１１x", "๔๑๑๑\xe0\xb9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range p.Classify(policy.Message{Text: text, Visibility: desk.Public}).Reasons {
			if strings.HasPrefix(r.Signal, "sensitive.") && (r.Start < 0 || r.Start >= r.End || r.End > len(text) || !runeBorder(text, r.Start) || !runeBorder(text, r.End)) {
				t.Errorf("reason %+v is not within %q", r, text)
			}
		}
	})
}
