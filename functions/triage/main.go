// Command triage is the Lambda that reads and judges what the door let in.
package main

import (
	"example.com/skala/functions/triage/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("triage", assembly.Open) }
