package corpus_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"example.com/skala/infra/corpus"
	"example.com/skala/shared/desk"
)

func TestARowSaysWhatItsWriterMeant(t *testing.T) {
	t.Parallel()
	root := fstest.MapFS{
		"en/b.tsv":   {Data: []byte("billing\tcritical\tnegative\tabusive,alt:fraud,alt:access\tbank\tfurious\tGive me my money back, you thieves\n")},
		"en/a.tsv":   {Data: []byte("other\tlow\tneutral\tidle\tother\tterse\tok\npraise\tlow\tpositive\t-\tshop\tpolite\tthank you # all")},
		"es/one.tsv": {Data: []byte("spam\tlow\tneutral\tidle\tother\tslang\tsorteo\n")},
		"xx/one.tsv": {Data: []byte("not read")},
		"en/one.txt": {Data: []byte("not read")},
	}
	rows, err := corpus.Read(root)
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[2]; r.File != "en/b.tsv" || r.Line != 1 || r.Lang != "en" || r.Category != desk.Billing || r.Severity != desk.Critical || r.Sentiment != desk.Negative ||
		!r.Abusive || r.Idle || len(r.Alt) != 2 || r.Alt[0] != desk.Fraud || r.Alt[1] != desk.Access || r.Market != "bank" || r.Register != "furious" || r.Text != "Give me my money back, you thieves" {
		t.Errorf("read as %+v", r)
	}
	if rows[1].Text != "thank you # all" || rows[1].Line != 2 || rows[3].Lang != "es" {
		t.Errorf("read as %+v", rows)
	}
	for i, want := range []desk.Tier{desk.SelfService, desk.General, desk.Senior, desk.SelfService} {
		if got := rows[i].Tier(); got != want {
			t.Errorf("%s:%d: tier %d, want %d", rows[i].File, rows[i].Line, got, want)
		}
	}
}

func TestARowThatCannotBeReadIsNamedByItsLine(t *testing.T) {
	t.Parallel()
	const sound = "other\tlow\tneutral\tidle\tother\tterse\tok\n"
	tests := []struct{ name, line, want string }{
		{"too few columns", "other\tlow\tneutral\tidle\tother\tterse", "there are 6 columns, not 7"},
		{"a tab in the text", "other\tlow\tneutral\tidle\tother\tterse\tok\tno", "there are 8 columns, not 7"},
		{"an empty line", "", "there are 1 columns, not 7"},
		{"an unknown category", "refund\tlow\tneutral\tidle\tother\tterse\tok", `category "refund"`},
		{"an unknown severity", "other\tmild\tneutral\tidle\tother\tterse\tok", `severity "mild"`},
		{"no severity", "other\t\tneutral\tidle\tother\tterse\tok", `severity ""`},
		{"an unknown sentiment", "other\tlow\tsad\tidle\tother\tterse\tok", `sentiment "sad"`},
		{"no flags", "other\tlow\tneutral\t\tother\tterse\tok", `flag ""`},
		{"a flag and none", "other\tlow\tneutral\t-,idle\tother\tterse\tok", `flag "-"`},
		{"an unknown other category", "other\tlow\tneutral\talt:news\tother\tterse\tok", `flag "alt:news"`},
		{"itself as the other category", "other\tlow\tneutral\talt:other\tother\tterse\tok", `flag "alt:other" says again`},
		{"another category twice", "other\tlow\tneutral\talt:spam,alt:spam\tother\tterse\tok", `flag "alt:spam" says again`},
		{"an unknown market", "other\tlow\tneutral\tidle\tmoon\tterse\tok", `market "moon"`},
		{"an unknown register", "other\tlow\tneutral\tidle\tother\tloud\tok", `register "loud"`},
		{"no text", "other\tlow\tneutral\tidle\tother\tterse\t ", "there is no text"},
		{"broken letters", "other\tlow\tneutral\tidle\tother\tterse\t\xff", "the line is not UTF-8"},
	}
	for _, tt := range tests {
		root := fstest.MapFS{"th/a.tsv": {Data: []byte(sound + tt.line + "\n" + sound)}}
		rows, err := corpus.Read(root)
		if len(rows) != 2 || err == nil || !strings.HasPrefix(err.Error(), "th/a.tsv:2: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %d rows and %v, want th/a.tsv:2: %s", tt.name, len(rows), err, tt.want)
		}
	}
}

func TestLabelsAreReadByTheKeyOfTheirText(t *testing.T) {
	t.Parallel()
	key := corpus.Key("พัสดุหาย")
	row := key + "\tdelivery\tcritical\tnegative\talt:billing\n"
	labels, err := corpus.Labels(fstest.MapFS{"labels/a.tsv": {Data: []byte(row)}}, "labels/a.tsv", "th")
	if err != nil || labels[key].Category != desk.Delivery || labels[key].Lang != "th" || labels[key].Line != 1 {
		t.Errorf("%+v, %v", labels, err)
	}
	const behind = "\tother\tlow\tneutral\tidle\n"
	tests := []struct{ name, file, want string }{
		{"a key twice", "0123456789abcdef" + behind + "0123456789abcdef" + behind, "labels/a.tsv:2: key 0123456789abcdef stands there twice"},
		{"keys in no order", "1123456789abcdef" + behind + "0123456789abcdef" + behind, "labels/a.tsv:2: key 0123456789abcdef stands below"},
		{"a short key", "0123" + behind, "labels/a.tsv:1: key"},
		{"capitals", "0123456789ABCDEF" + behind, "labels/a.tsv:1: key"},
		{"a text", "my parcel is l" + behind, "labels/a.tsv:1: key"},
		{"a column more", "0123456789abcdef\tx" + behind, "labels/a.tsv:1: there are 6 columns"},
		{"no category of ours", "0123456789abcdef\tnews\tlow\tneutral\t-\n", `labels/a.tsv:1: category "news"`},
	}
	for _, tt := range tests {
		if _, err := corpus.Labels(fstest.MapFS{"labels/a.tsv": {Data: []byte(tt.file)}}, "labels/a.tsv", "th"); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if _, err := corpus.Labels(fstest.MapFS{}, "labels/a.tsv", "th"); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestConceptsAreReadWithTheirWords(t *testing.T) {
	t.Parallel()
	files := func(english string) fstest.MapFS {
		return fstest.MapFS{
			"concepts/concepts.txt": {Data: []byte("# money\npay: to pay\n\nrefund: money back # or credit\n")},
			"concepts/el.txt":       {Data: []byte("pay: πληρων*\nrefund: επιστροφη χρηματων\n")},
			"concepts/en.txt":       {Data: []byte(english)},
			"concepts/es.txt":       {Data: []byte("pay: pag*\nrefund: reembols*\n")},
			"concepts/th.txt":       {Data: []byte("pay: จ่าย\nrefund: คืนเงิน\n")},
		}
	}
	names, entries, err := corpus.Concepts(files("refund: refund* | money back # in words\n# else\npay: pay#me | paid\n"))
	if err != nil || len(names) != 2 || names[0] != "pay" || names[1] != "refund" {
		t.Fatalf("%q, %v", names, err)
	}
	if e := entries["refund"][1]; e != (corpus.Entry{File: "concepts/en.txt", Line: 1, Lang: "en", Text: "refund*"}) {
		t.Errorf("read as %+v", e)
	}
	if e := entries["pay"]; len(e) != 5 || e[1].Text != "pay#me" || e[1].Line != 3 || e[4].Lang != "th" {
		t.Errorf("read as %+v", e)
	}
	tests := []struct{ name, english, want string }{
		{"a concept nobody named", "pay: pay\nrefund: refund\nrefunds: refunds\n", "concepts/en.txt:3: refunds is no concept"},
		{"a concept without words", "pay: pay\n", "concepts/en.txt: there is no line for refund"},
		{"a concept twice", "pay: pay\nrefund: refund\npay: paid\n", "concepts/en.txt:3: concept pay stands there twice"},
		{"an empty entry", "pay: pay | | paid\nrefund: refund\n", "concepts/en.txt:1: there is an empty entry"},
		{"no entries", "pay:\nrefund: refund\n", "concepts/en.txt:1: there is an empty entry"},
		{"an entry behind a #", "pay: pay | #1 | paid\nrefund: refund\n", "concepts/en.txt:1: there is an empty entry"},
		{"no colon", "pay pay\nrefund: refund\n", "concepts/en.txt:1: there is no name"},
	}
	for _, tt := range tests {
		if _, _, err := corpus.Concepts(files(tt.english)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	missing := files("pay: pay\nrefund: refund\n")
	delete(missing, "concepts/th.txt")
	if _, _, err := corpus.Concepts(missing); err == nil {
		t.Error("a language without its file was read")
	}
}
