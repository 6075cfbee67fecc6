package policy_test

import (
	"testing"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/policy"
)

// BenchmarkClassify judges about 200 characters in each language.
func BenchmarkClassify(b *testing.B) {
	p := load(b)
	for _, bm := range []struct{ name, text string }{
		{"th", "สวัสดีค่ะ รบกวนสอบถามหน่อยค่ะ เมื่อวานสั่งของไปแล้วโดนตัดเงินสองรอบ ติดต่อไปหลายครั้งแล้วก็ไม่มีใครตอบกลับมาเลย ช่วยตรวจสอบและคืนเงินให้ด้วยนะคะ รอมาสามวันแล้ว หงุดหงิดมากค่ะ ขอบคุณล่วงหน้าสำหรับความช่วยเหลือ"},
		{"es", "Hola, ayer hice un pedido y me han cobrado dos veces. He llamado varias veces a atención al cliente y nadie me contesta. Necesito que me devuelvan el dinero cuanto antes, llevo tres días esperando. Gracias."},
		{"el", "Καλησπέρα, χθες έκανα μια παραγγελία και με χρεώσατε δύο φορές. Πήρα τηλέφωνο πολλές φορές και δεν απαντάει κανείς. Θέλω πίσω τα χρήματά μου το συντομότερο, περιμένω τρεις μέρες. Ευχαριστώ πολύ."},
		{"en", "Hi, I placed an order yesterday and was charged twice for it. I have called several times and nobody picks up the phone. I need my money back as soon as possible, I have been waiting for three days now. Thanks."},
		{"greeklish", "Kalispera, xthes ekana mia paraggelia kai me xreosate dyo fores. Pira tilefono polles fores kai den apantaei kaneis. Thelo piso ta xrimata mou to syntomotero, perimeno treis meres. Efxaristo poly."},
	} {
		m := policy.Message{Text: bm.text}
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Classify(m)
			}
		})
	}
}

// BenchmarkLoad is what a function pays at a cold start.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := policy.Load(standard.Default, "default.yaml"); err != nil {
			b.Fatal(err)
		}
	}
}

func load(tb testing.TB) *policy.Policy {
	tb.Helper()
	p, err := policy.Load(standard.Default, "default.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
