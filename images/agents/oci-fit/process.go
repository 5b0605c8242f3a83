package main

import (
	"encoding/json"
	"strconv"
)

// Changes the `process` object of an OCI runtime configuration (runtime-spec, config.md) so that it asks for nothing this machine lacks.
func fitProcess(process map[string]any, have means) {
	if sets, ok := process["capabilities"].(map[string]any); ok {
		for name, set := range sets {
			if list, ok := set.([]any); ok {
				sets[name] = kept(list, have)
			}
		}
	}
	if have.resource {
		return
	}
	if score, ok := integer(process["oomScoreAdj"]); ok && score < have.oomScore {
		process["oomScoreAdj"] = have.oomScore
	}
	if limits, ok := process["rlimits"].([]any); ok {
		for _, each := range limits {
			if limit, ok := each.(map[string]any); ok {
				fitLimit(limit, have)
			}
		}
	}
}

func kept(list []any, have means) []any {
	result := make([]any, 0, len(list))
	for _, each := range list {
		name, ok := each.(string)
		if !ok || !have.missing[name] {
			result = append(result, each)
		}
	}
	return result
}

func fitLimit(limit map[string]any, have means) {
	name, ok := limit["type"].(string)
	if !ok {
		return
	}
	most, known := have.hardLimits[name]
	if !known {
		return
	}
	for _, field := range []string{"soft", "hard"} {
		if value, ok := unsigned(limit[field]); ok && value > most {
			limit[field] = most
		}
	}
}

func integer(value any) (int64, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	result, err := number.Int64()
	return result, err == nil
}

func unsigned(value any) (uint64, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	result, err := strconv.ParseUint(number.String(), 10, 64)
	return result, err == nil
}
