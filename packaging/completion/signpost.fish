# Completion of signpost for fish: signpost itself says what may come next.
function __signpost_candidates
    set --local before (commandline --tokenize --cut-at-cursor --current-process)
    set --local typed (commandline --current-token --cut-at-cursor)
    for line in ($before[1] complete $before[2..] "$typed" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$typed"
            case '*'
                echo $line
        end
    end
end
complete --command signpost --no-files --arguments '(__signpost_candidates)'
