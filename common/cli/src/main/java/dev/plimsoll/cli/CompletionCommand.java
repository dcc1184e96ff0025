package dev.plimsoll.cli;

import dev.plimsoll.wire.process.ExitCode;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.concurrent.Callable;

@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a script that lets a shell complete commands and options.",
            "",
            "bash: source <(plimsoll completion bash). zsh: the same with zsh, after "
                    + "autoload -Uz compinit bashcompinit; compinit; bashcompinit. To keep it, put "
                    + "that line into ~/.bashrc or ~/.zshrc.",
            ""
        })
final class CompletionCommand implements Callable<Integer> {

    private enum Shell {
        BASH,
        ZSH
    }

    @Spec
    CommandSpec spec;

    @Parameters(
            paramLabel = "SHELL",
            description = "The shell that reads the script: bash or zsh, which take the same one.")
    Shell shell;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        PrintWriter out = spec.commandLine().getOut();
        out.print(AutoComplete.bash(root.getCommandName(), root));
        out.flush();
        return ExitCode.DONE.number();
    }
}
