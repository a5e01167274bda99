// ./joule run examples/OwnData.java data.csv
import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Noise.randint;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Ema;
import dev.joule.autodiff.optim.Schedule;
import dev.joule.core.Devices;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.sampler.Langevin;
import dev.joule.ed.train.Trainer;

/**
 * An energy of one's own data, a table of numbers with commas between them: batches, a loss of data that are held back, stopping when that
 * rises, going on another day, and samples.
 */
void main(String[] args) throws IOException {
    if (args.length != 1 || !Files.isReadable(Path.of(args[0]))) {
        refuse("OwnData.java wants one argument, a file of numbers with commas between them, a row a line");
    }
    List<double[]> rows = rows(Path.of(args[0]));
    Collections.shuffle(rows, new Random(0));
    int held = rows.size() / 10;
    Expr unseen = array(rows.subList(0, held).toArray(double[][]::new)), data = array(rows.subList(held, rows.size()).toArray(double[][]::new));

    Mlp net = Mlp.of(Functions::silu, data.size(1), 128, 128, 1);
    Energy energy = Energy.of(net);
    Loss ed = new EnergyDiscrepancy(0.25, 16, 1);
    Expr loss = ed.of(energy, data.rows(randint(data.size(0), 128)));   // 128 rows, drawn anew in each step, on the device
    Ema ema = new Ema(0.999, net.parameters());
    List<Update> updates = ema.follow(Adam.of(Schedule.cosine(1e-3, 10_000).warmup(100)).minimise(loss, net.parameters()));
    Expr check = ema.average(ed.of(energy, unseen));                    // the loss of the averaged parameters

    Path last = Path.of(args[0] + ".safetensors");
    try (Store store = new Store(Devices.cpu(), 0); Trainer trainer = new Trainer(store, loss, updates);
            Program validation = Program.compile(store, check)) {
        if (Files.exists(last)) {
            trainer.resume(last);
            IO.println("going on at step " + trainer.step() + ", from " + last);
        }
        double best = Double.POSITIVE_INFINITY;
        for (int worse = 0; trainer.step() < 10_000 && worse < 5;) {
            trainer.run(1000);
            validation.rewind(0);                                       // the same noise each time
            validation.run();
            double now = validation.scalar(check);
            worse = now < best ? 0 : worse + 1;
            best = Math.min(best, now);
            trainer.save(last);
            IO.println(trainer.step() + ": loss " + trainer.loss() + ", of unseen data " + now);
        }

        Expr chain = variable("chain", unseen.rows(randint(held, 5)));   // five chains, from the data on
        Update step = new Update(chain, ema.average(new Langevin(1, 0.005, 0.1).from(energy, chain)));
        try (Program sampler = Program.compile(store, List.of(), List.of(step))) {
            sampler.run(500);
        }
        IO.println("samples\n" + Eval.eval(chain, store));
    }
}

List<double[]> rows(Path file) throws IOException {
    List<double[]> rows = new ArrayList<>();
    for (String line : Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList()) {
        try {
            rows.add(Stream.of(line.split(",")).mapToDouble(Double::parseDouble).toArray());
        } catch (NumberFormatException _) {
            refuse(file + ": \"" + line + "\" is no row of numbers with commas between them");
        }
        if (rows.getLast().length != rows.getFirst().length) {
            refuse(file + ": \"" + line + "\" has not as many numbers as the first row, " + rows.getFirst().length);
        }
    }
    if (rows.size() < 10) {
        refuse(file + " has " + rows.size() + " rows; one of ten is held back, so there must be 10 at least");
    }
    return rows;
}

void refuse(String problem) {
    System.err.println(problem);
    System.exit(2);
}
