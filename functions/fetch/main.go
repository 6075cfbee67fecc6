// Command fetch is the Lambda that asks platforms for what their webhooks leave
// out.
package main

import (
	"example.com/skala/functions/fetch/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("fetch", assembly.Open) }
