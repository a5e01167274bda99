package dev.joule.examples;

import java.io.PrintWriter;
import java.util.Locale;

import dev.joule.core.BadProperty;
import dev.joule.core.cuda.driver.DeviceException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command line. Exit codes: 0 done, 1 failed on the way, 2 asked for what makes no sense, 130 interrupted. */
@Command(name = "joule", mixinStandardHelpOptions = true, versionProvider = Version.class, description = "Energy losses as expressions, trained as one fast program.", footer = "%n./joule run FILE.java [ARGUMENT…] runs a program of one's own, such as examples/MyLoss.java.", subcommands = {
        Compare.class, Images.class, Bench.class, ExplainLoss.class, ListDevices.class})
public final class Main {
    private Main() {
    }

    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);   // numbers are written in one way, whoever reads them
        System.exit(run(args));
    }

    static int run(String... args) {
        CommandLine command = new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
        command.setParameterExceptionHandler((mistake, _) -> refuse(mistake.getCommandLine(), mistake));
        command.setExecutionExceptionHandler((failure, at, _) -> {
            if (failure instanceof BadInput || failure instanceof BadProperty) {
                return refuse(at, failure);
            }
            if (failure instanceof DeviceException) {
                at.getErr().println("joule: " + failure.getMessage());
                return CommandLine.ExitCode.SOFTWARE;
            }
            throw failure;
        });
        try {
            return args.length == 0 ? command.execute("--help") : command.execute(args);
        } catch (OutOfMemoryError e) {
            command.getErr().println("joule: out of memory: " + e.getMessage() + "; choose a smaller problem");
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** One line that says what was wrong. */
    private static int refuse(CommandLine command, Exception mistake) {
        PrintWriter err = command.getErr();
        err.println("joule: " + mistake.getMessage().lines().findFirst().orElse("") + (mistake instanceof ParameterException
                ? " (see joule " + (command.getParent() == null ? "" : command.getCommandName() + " ") + "--help)"
                : ""));
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }
}
