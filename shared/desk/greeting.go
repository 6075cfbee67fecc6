package desk

// A Greeting is the answer to a platform that asks, by GET, whether the webhook
// address is ours. Platforms compare the body byte for byte.
type Greeting struct {
	Status      int
	ContentType string
	Body        []byte
}
