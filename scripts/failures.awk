# Reads what a stage printed and answers what failed in it: the names of failed tests; the errors of compilers, of the
# linter, of sanitizers; and every recorded issue with the lines that belong to it.

BEGIN { lines_max = 60; errors_max = 20; issues_max = 12; line_max = 2000 }

# A terminal gets colours and carriage returns.
{ gsub(/\033\[[0-9;]*[A-Za-z]/, ""); gsub(/\r/, "") }

/^✘ Test run with / { in_issue = 0; next }

/^✘ Test .* failed after / { failed[++tests] = cut($0); in_issue = 0; next }

/^✘ .* recorded an issue / {
    in_issue = 1
    issues++
    size[issues] = 1
    line[issues, 1] = cut($0)
    next
}

/^(◇|✔|✘|➜|⚠|measured:) ?/ { in_issue = 0 }

# An issue goes on to the next event: its comments are marked and indented, but an error's text may have any lines.
in_issue {
    if (++size[issues] <= lines_max) line[issues, size[issues]] = cut($0)
    next
}

/(^|[^A-Za-z])error: |(ERROR|WARNING|SUMMARY): [A-Za-z]*Sanitizer/ {
    # The compiler says it again below the line of code, and in every job that needs the module.
    if (/^ *[|]/ || said[$0]++) next
    if (++errors <= errors_max) error[errors] = cut($0)
}

END {
    for (i = 1; i <= tests && i <= lines_max; i++) print failed[i]
    rest(tests - lines_max, "failed tests")
    for (i = 1; i <= errors && i <= errors_max; i++) print error[i]
    rest(errors - errors_max, "errors")
    shown = issues < issues_max ? issues : issues_max
    for (i = 1; i <= shown; i++) {
        print ""
        room = int(lines_max / shown)
        for (j = 1; j <= size[i] && j <= room; j++) print line[i, j]
        rest(size[i] - room, "lines of it")
    }
    rest(issues - shown, "issues")
}

function cut(text) { return length(text) > line_max ? substr(text, 1, line_max) "..." : text }

function rest(count, what) { if (count > 0) print "... and " count " more " what ", above" }
