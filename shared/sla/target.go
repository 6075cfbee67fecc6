package sla

import (
	"fmt"
	"math"
	"time"
)

// ParseTarget reads a duration of whole hours, minutes and seconds in that
// order, such as "8h30m" or "90s". Zero is read; whoever needs more refuses it.
func ParseTarget(text string) (time.Duration, error) {
	return parseUnits(text, []unit{{'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}})
}

// A unit is a letter of a duration and what one of it is.
type unit struct {
	letter byte
	is     time.Duration
}

// parseUnits reads a duration of whole numbers of the units, each at most once
// and in their order.
func parseUnits(text string, units []unit) (time.Duration, error) {
	malformed := fmt.Errorf("%q is not a duration of whole hours, minutes and seconds such as 8h30m", text)
	if text == "" {
		return 0, malformed
	}
	var sum time.Duration
	for rest := text; rest != ""; {
		n, digits := int64(0), 0
		for ; digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9'; digits++ {
			if n > math.MaxInt64/10-10 {
				return 0, fmt.Errorf("%q is too long a duration", text)
			}
			n = n*10 + int64(rest[digits]-'0')
		}
		if digits == 0 || digits == len(rest) {
			return 0, malformed
		}
		for len(units) > 0 && units[0].letter != rest[digits] {
			units = units[1:]
		}
		if len(units) == 0 {
			return 0, malformed
		}
		is := units[0].is
		if n > int64(math.MaxInt64-sum)/int64(is) {
			return 0, fmt.Errorf("%q is too long a duration", text)
		}
		sum += time.Duration(n) * is
		rest, units = rest[digits+1:], units[1:]
	}
	return sum, nil
}
