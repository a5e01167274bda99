package dev.joule.examples;

import dev.joule.core.Devices;
import picocli.CommandLine.Command;

@Command(name = "devices", mixinStandardHelpOptions = true, description = "Lists what programs can run on here, and why not on the rest.")
final class ListDevices implements Runnable {
    @Override
    public void run() {
        Devices.all().forEach(device -> System.out.printf("%-14s %-4s %s%n", device.name(), device.usable() ? "yes" : "no",
                device.description()));
    }
}
