// Command notify is the Lambda that tells people and programs what the desk did.
package main

import (
	"example.com/skala/functions/notify/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("notify", assembly.Open) }
