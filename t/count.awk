# Sums up TAP logs, and the results (.trs) that automake's driver makes of them, in one line. A subtest's own
# row says no more than its rows do, so it is counted only if it fails without any of them.
FNR == 1 { depth = 0; has_failed = 0 }
/^ *(1\.\.|ok |not ok )/ { indent = match($0, /[^ ]/) - 1 }
/^ *1\.\.[0-9]/ {
    if (tolower($0) ~ /1\.\.0 *# *skip/) skipped++
    depth = indent
}
/^ *(not )?ok / {
    is_failure = /^ *not ok/ && !/# TODO/
    is_own = indent < depth # the row of the subtest that has just ended
    depth = indent
    if (is_own) {
        if (is_failure && !has_failed) failed++
    } else if (tolower($0) ~ /# skip/) {
        skipped++
    } else if (is_failure) {
        failed++
    } else {
        passed++
    }
    has_failed = indent > 0 && (has_failed || is_failure)
}
/^:test-result: ERROR/ { failed++ }
END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }
