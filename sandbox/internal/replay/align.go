package replay

// pair says that two items of two lists belong together; -1 stands for none.
type pair struct{ want, got int }

// What an alignment costs: an item without partner 1, two items that belong together up to 2, by how much they differ. More
// than half of their values different, and they do not belong together.
const (
	alone    = 1.0
	unlike   = 4.0
	hopeless = 2 * alone
	// nearly is what two items may differ so that their ids are taken to stand for each other: one value of ten.
	nearly = 0.4
)

// align finds out which items of two lists belong together, in order: the cheapest way to turn one list into the other.
func (c comparer) align(path string, want, got []any) []pair {
	if len(want) == 1 && len(got) == 1 {
		return []pair{{0, 0}} // they stand in the same place; trying them out would double the work at each depth of what is nested
	}
	c.learn = false // a comparison on trial must not bind ids
	start := 0
	for start < len(want) && start < len(got) && c.cost(path, want[start], got[start]) == 0 {
		start++
	}
	end := 0
	for end < len(want)-start && end < len(got)-start && c.cost(path, want[len(want)-1-end], got[len(got)-1-end]) == 0 {
		end++
	}
	var pairs []pair
	for i := range start {
		pairs = append(pairs, pair{i, i})
	}
	for _, p := range c.cheapest(path, want[start:len(want)-end], got[start:len(got)-end]) {
		if p.want >= 0 {
			p.want += start
		}
		if p.got >= 0 {
			p.got += start
		}
		pairs = append(pairs, p)
	}
	for i := range end {
		pairs = append(pairs, pair{len(want) - end + i, len(got) - end + i})
	}
	return pairs
}

func (c comparer) cheapest(path string, want, got []any) []pair {
	if len(want) == 1 && len(got) == 1 {
		return []pair{{0, 0}} // whatever they are, they stand in the same place
	}
	costs := make([][]float64, len(want)) // of pairing want[i] with got[j]
	sum := make([][]float64, len(want)+1) // of turning want[i:] into got[j:]
	for i := range sum {
		sum[i] = make([]float64, len(got)+1)
	}
	for i := len(want); i >= 0; i-- {
		if i < len(want) {
			costs[i] = make([]float64, len(got))
		}
		for j := len(got); j >= 0; j-- {
			switch {
			case i == len(want):
				sum[i][j] = alone * float64(len(got)-j)
			case j == len(got):
				sum[i][j] = alone * float64(len(want)-i)
			default:
				costs[i][j] = c.cost(path, want[i], got[j])
				sum[i][j] = min(costs[i][j]+sum[i+1][j+1], alone+sum[i+1][j], alone+sum[i][j+1])
			}
		}
	}
	var pairs []pair
	for i, j := 0, 0; i < len(want) || j < len(got); {
		switch {
		case i < len(want) && j < len(got) && costs[i][j] < hopeless && sum[i][j] == costs[i][j]+sum[i+1][j+1]:
			pairs = append(pairs, pair{i, j})
			i, j = i+1, j+1
		case i < len(want) && sum[i][j] == alone+sum[i+1][j]:
			pairs = append(pairs, pair{i, -1})
			i++
		default:
			pairs = append(pairs, pair{-1, j})
			j++
		}
	}
	return pairs
}

// cost is how little two items belong together, 0 when they are equal.
func (c comparer) cost(path string, want, got any) float64 {
	found := c.compare(path+"[]", want, got)
	if len(found) == 0 {
		return 0
	}
	if cost := unlike * float64(len(found)) / float64(max(leaves(want), leaves(got))); cost < hopeless {
		return cost
	}
	return hopeless
}

// leaves counts the values inside a value.
func leaves(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			n += leaves(value)
		}
	case []any:
		for _, value := range v {
			n += leaves(value)
		}
	}
	return max(n, 1)
}
