package main

// What AWS lists for us-east-1, in dollars.
const (
	perRequest   = 0.20 / 1e6 // of Lambda
	perGBSecond  = 0.0000133334
	perSQS       = 0.40 / 1e6 // a request of up to 64 KB
	perWriteUnit = 0.625 / 1e6
	perReadUnit  = 0.125 / 1e6
)

// costFigures are what a million new messages cost at the door and in triage.
// The key figure is of critical messages, ten in a batch, as the anchors that it
// is compared with; alone is of a quiet desk, where each comes by itself. Not in
// it: idle polling, logs, and what people and clocks do with tickets later.
type costFigures struct {
	USD   float64            `json:"usd_per_million"`
	Items map[string]float64 `json:"usd_per_million_items"`
	Alone float64            `json:"usd_per_million_alone"`
	Low   float64            `json:"usd_per_million_low"` // messages that can wait, ten in a batch
}

// A message is what one asks for on its way to its ticket.
type message struct {
	doorMS, triageMS float64 // of its functions
	gb               float64 // of memory of each
	doorCalls        int     // of the inbound queue
	doorWrites       int
	nudges           int
	writes           int
	reads            float64
	batch            float64 // how many share an invocation of triage, and a receive and delete of the queue
}

// itemised is what a million such messages cost.
func (m message) itemised() map[string]float64 {
	const million = 1e6
	return map[string]float64{
		"lambda requests": million * perRequest * (1 + 1/m.batch),
		"lambda time":     million * perGBSecond * m.gb * (m.doorMS + m.triageMS) / 1000,
		"sqs":             million * perSQS * (float64(m.doorCalls) + 2/m.batch + float64(m.nudges)),
		"writes":          million * perWriteUnit * float64(m.doorWrites+m.writes),
		"reads":           million * perReadUnit * m.reads,
	}
}

func sum(items map[string]float64) (total float64) {
	for _, usd := range items {
		total += usd
	}
	return total
}

// costs prices what was measured. Functions take as long as they do here, warm,
// with the emulator in AWS's place.
func costs(m messageFigures, binaries map[string]binary, memoryMB int) costFigures {
	of := func(name string, batch float64) message {
		return message{
			doorMS: binaries["webhook"].WarmMS, triageMS: binaries["triage"].WarmMS, gb: float64(memoryMB) / 1024,
			doorCalls: m.DoorCalls["SendMessageBatch"], doorWrites: m.DoorWrites, nudges: m.CallsOf[name]["SendMessage"], writes: m.WriteUnits[name], reads: m.ReadUnits[name], batch: batch,
		}
	}
	items := of("new", 10).itemised()
	return costFigures{USD: sum(items), Items: items, Alone: sum(of("new", 1).itemised()), Low: sum(of("new_low", 10).itemised())}
}
