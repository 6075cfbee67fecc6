// Command courier is the Lambda that carries replies to the platforms.
package main

import (
	"example.com/skala/functions/courier/assembly"
	"example.com/skala/functions/wiring"
)

func main() { wiring.Main("courier", assembly.Open) }
