// Command webhook is the Lambda that platforms send their webhooks to.
package main

import (
	"example.com/skala/functions/webhook/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("webhook", assembly.Open) }
