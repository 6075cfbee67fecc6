package deflate_test

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/skala/shared/dynamo/deflate"
)

const dictionary = `{"who":"","text":"","verdict":{"lang":"th","category":"billing","reasons":[{"signal":"model.word","start":`

var (
	writer = deflate.NewWriter([]byte(dictionary))
	mark   = []byte{0x00, 0x00, 0xff, 0xff}
	finish = []byte{0x01, 0x00, 0x00, 0xff, 0xff}
)

// inflated is what compress/flate reads of parts.
func inflated(t *testing.T, packed [][]byte) []byte {
	t.Helper()
	var all []byte
	for _, part := range packed {
		all = append(append(all, part...), mark...)
	}
	plain, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(append(all, finish...)), []byte(dictionary)))
	if err != nil {
		t.Fatalf("%d bytes of %d parts: %v", len(all), len(packed), err)
	}
	return plain
}

// skewed is n bytes of so many symbols, each rarer than the one before by half: the
// code of Huffman would give the last ones longer words than there are.
func skewed(random *rand.Rand, n, symbols int) []byte {
	text := make([]byte, n)
	for i := range text {
		for text[i] < byte(symbols) && random.IntN(2) == 0 {
			text[i]++
		}
	}
	return text
}

func TestAnythingIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 20_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	var rarer []byte // as often as the numbers of Fibonacci
	for i, a, b := 0, 1, 1; i < 20; i, a, b = i+1, b, a+b {
		rarer = append(rarer, bytes.Repeat([]byte{byte('a' + i)}, a)...)
	}
	random.Shuffle(len(rarer), func(i, j int) { rarer[i], rarer[j] = rarer[j], rarer[i] })
	for name, parts := range map[string][][]byte{
		"nothing":        {nil},
		"nothing, twice": {nil, {}},
		"a byte":         {{0}, {0xff}},
		"the dictionary": {[]byte(dictionary), []byte(dictionary)},
		"noise":          {noise, noise[:300], noise[1:9000]},
		"one letter":     {bytes.Repeat([]byte("a"), 258), bytes.Repeat([]byte("a"), 20_000)},
		"skewed":         {skewed(random, 20_000, 40), skewed(random, 5_000, 18)},
		"Fibonacci":      {rarer},
		"a full window":  {noise[:100], bytes.Repeat([]byte("full "), 8<<10)[:32<<10-len(dictionary)-100]},
	} {
		packed := writer.Append(nil, parts...)
		if got, want := inflated(t, packed), slices.Concat(parts...); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes came back as %d others", name, len(want), len(got))
		}
	}
	for range 2000 {
		var parts [][]byte
		for range 1 + random.IntN(3) {
			from := random.IntN(9000)
			parts = append(parts, slices.Concat(skewed(random, random.IntN(600), 1+random.IntN(30)), noise[from:from+random.IntN(200)], []byte(dictionary[random.IntN(len(dictionary)):])))
		}
		if got, want := inflated(t, writer.Append(nil, parts...)), slices.Concat(parts...); !bytes.Equal(got, want) {
			t.Fatalf("%q came back as %q", want, got)
		}
	}
}

func FuzzWhatIsDeflatedIsInflated(f *testing.F) {
	f.Add([]byte(dictionary), []byte(`"start":12`), 3)
	f.Fuzz(func(t *testing.T, one, other []byte, times int) {
		parts := [][]byte{one, bytes.Repeat(other, 1+times&63), one}
		want := slices.Concat(parts...)
		if !writer.Fits(len(want)) {
			t.Skip()
		}
		if got := inflated(t, writer.Append(nil, parts...)); !bytes.Equal(got, want) {
			t.Errorf("%q came back as %q", want, got)
		}
	})
}

func TestATicketIsNotLargerThanByTheStandardLibrary(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat(`{"signal":"refund","start":417,"end":438,"text":"คืนเงิน","weight":4},{"signal":"model.word","start":37,"end":100,"text":"่อวานนี้ดิฉันสั่งซื้อ"},`+
		`{"signal":"no-answer","text":"ยังไม่มีใครตอบ","deadline":"2036-11-04T12:04:00.123456789Z"},"name":"Malee S.","why":"Me han cobrado dos veces",`, 2))
	var theirs bytes.Buffer
	w, err := flate.NewWriterDict(&theirs, flate.DefaultCompression, []byte(dictionary))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if ours := len(writer.Append(nil, text)[0]) + len(mark); ours > theirs.Len()+theirs.Len()/100 {
		t.Errorf("%d bytes, compress/flate's are %d", ours, theirs.Len())
	}
}

func TestWhatHasNoRoomInAWindowDoesNotFit(t *testing.T) {
	t.Parallel()
	if room := 32<<10 - len(dictionary); !writer.Fits(room) || writer.Fits(room+1) {
		t.Error("a window of 32 KB has another size")
	}
}
