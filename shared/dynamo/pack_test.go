package dynamo

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func FuzzWhatIsPackedIsUnpacked(f *testing.F) {
	f.Add([]byte(`{"who":"ann"}`), []byte(`{"events":[]}`))
	f.Add([]byte(nil), []byte{0})
	f.Add(bytes.Repeat([]byte("a"), shortest-1), []byte(nil))
	f.Add(bytes.Repeat([]byte("a"), shortest), []byte(nil))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s := &Store{}
		packed, err := s.pack(first, second)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(packed[0]); err != nil || !bytes.Equal(got, first) {
			t.Errorf("the first part alone is %q, %v", got, err)
		}
		if got, err := unpack(packed...); err != nil || !bytes.Equal(got, second) {
			t.Errorf("the second part is %q, %v", got, err)
		}
		alone, err := s.pack(first)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(alone[0]); err != nil || !bytes.Equal(got, first) {
			t.Errorf("a part alone is %q, %v", got, err)
		}
	})
}

func FuzzNothingUnpackedPanics(f *testing.F) {
	f.Add([]byte{packVersion}, []byte{0})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		plain, err := unpack(first, second)
		if err == nil && len(plain) > maxUnpacked {
			t.Errorf("unpacked to %d bytes", len(plain))
		}
	})
}

// older is what versions 1 and 2 made of {"who":"ann","text":"hello"} and {"events":[]}.
var older = [][][]byte{
	{[]byte("\x01\x82\xf5O\x12\xf3\xf2\x10\t$#5''_\xa9\x16\x00\x00\x00\xff\xff"), []byte("B\x1aډ\xad\x05\x00\x00\x00\xff\xff")},
	{[]byte("\x02\x82\xf5O\x12\xf3\xf2\x10\t\x04<\x9c\xa6T\v\x00"), []byte("B\x1aډ\xad\x05\x00")},
}

func TestWhatAnOlderVersionPackedIsRead(t *testing.T) {
	t.Parallel()
	for version, packed := range older {
		for n, want := range []string{`{"who":"ann","text":"hello"}`, `{"events":[]}`} {
			if got, err := unpack(packed[:n+1]...); err != nil || string(got) != want {
				t.Errorf("part %d of version %d is %q, %v", n, version+1, got, err)
			}
		}
	}
	if _, err := unpack([]byte{packVersion + 1, 0}); err == nil {
		t.Error("a version to come was read")
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	t.Parallel()
	packed, err := new(Store).pack(make([]byte, maxUnpacked+1))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := unpack(packed[0]); err == nil {
		t.Errorf("unpacked to %d bytes", len(plain))
	}
}

func TestPositionsSortInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	order := []time.Time{time.Unix(0, 0), time.UnixMilli(999), time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC), time.Date(2285, 1, 1, 0, 0, 0, 0, time.UTC), {}}
	for i, at := range order {
		if i > 0 && position(order[i-1], "z") >= position(at, "a") {
			t.Errorf("%v does not come before %v", order[i-1], at)
		}
		got, id, err := parsePosition(position(at, "x.1"))
		if err != nil || id != "x.1" || !got.Equal(at) {
			t.Errorf("%v came back as %v of %q, %v", at, got, id, err)
		}
	}
	for _, bad := range []string{"", "12", "x#y", "#"} {
		if _, _, err := parsePosition(bad); err == nil {
			t.Errorf("%q is taken for a position", bad)
		}
	}
}

func TestWhatIsDueIsNeverListedEarly(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ at, want time.Time }{
		{at, at}, {at.Add(1), at.Add(time.Millisecond)}, {at.Add(time.Millisecond - 1), at.Add(time.Millisecond)}, {time.Time{}, time.Time{}},
	} {
		if got := roundUp(tt.at); !got.Equal(tt.want) {
			t.Errorf("%v is listed for %v, want %v", tt.at, got, tt.want)
		}
	}
}

func TestNamesDoNotRunIntoEachOther(t *testing.T) {
	t.Parallel()
	s := &Store{Pepper: []byte("a")}
	if s.hash("ab", "c") == s.hash("a", "bc") || s.hash("a") == (&Store{Pepper: []byte("b")}).hash("a") {
		t.Error("two lists share a name")
	}
	if s.eventKey("a", "k") == s.replyKey("k") || worklistKey("a#1", 1, "new", 0) == worklistKey("a", 1, "1#new", 0) {
		t.Error("two kinds share a key")
	}
}

func BenchmarkPack(b *testing.B) {
	s, doc := &Store{}, bytes.Repeat([]byte(`{"who":"ann","why":"ตัดเงินสองครั้ง"}`), 20)
	for b.Loop() {
		if _, err := s.pack(doc, doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnpack(b *testing.B) {
	s, doc := &Store{}, bytes.Repeat([]byte(`{"who":"ann","why":"ตัดเงินสองครั้ง"}`), 20)
	packed, err := s.pack(doc, doc)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := unpack(packed...); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAReasonsWordsStandInItsMessageOnly(t *testing.T) {
	t.Parallel()
	const words = "charged twice"
	m := &desk.Message{Text: "I was " + words}
	kept := desk.Reason{Signal: "b", Start: 0, End: 13, Text: "was edited si"}
	v := &desk.Verdict{Reasons: []desk.Reason{
		{Signal: "a", Start: 6, End: 6 + len(words), Text: words}, kept, {Signal: "author.press"}, {Signal: "c", Start: 3, End: 400, Text: "outside"},
	}}
	want := slices.Clone(v.Reasons)
	less := unquoted(v, m)
	if !reflect.DeepEqual(v.Reasons, want) {
		t.Errorf("the verdict itself lost words: %+v", v.Reasons)
	}
	if less.Reasons[0].Text != "" || less.Reasons[1] != kept {
		t.Errorf("kept are %+v", less.Reasons)
	}
	quote(less, m)
	if !reflect.DeepEqual(less.Reasons, want) {
		t.Errorf("read again are %+v", less.Reasons)
	}
}
