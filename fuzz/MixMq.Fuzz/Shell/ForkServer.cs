using System.Globalization;
using System.Runtime.InteropServices;
using MixMq.Fuzz.Probes;

namespace MixMq.Fuzz.Shell;

/// <summary>
/// Speaks AFL++'s fork server protocol on descriptors 198 and 199 without ever forking, which a process with threads can't:
/// <code>
/// us  → 199  options: "I am there", size of the map, "give me inputs in shared memory"
/// 198 → us   "inputs are in shared memory"
/// per input:
/// 198 → us   go (the value says whether the last run was ended, which can't be here)
/// us  → 199  the "child": this process's id
///            …runs the input; the woven probes count in the shared map…
/// us  → 199  its wait status: 0, or "ended by SIGABRT" where the target threw
/// </code>
/// All inputs run in this one process, one after the other. A target that throws leaves nothing behind but garbage, so the process goes on.
/// </summary>
internal static unsafe class ForkServer
{
    private const int ControlDescriptor = 198;
    private const int StatusDescriptor = 199;
    private const uint OptionsEnabled = 0x8000_0001;
    private const uint OptionMapSize = 0x4000_0000;
    private const uint OptionSharedInput = 0x0100_0000;
    private const int Aborted = 6;

    /// <summary>Runs until the fuzzer hangs up.</summary>
    /// <param name="target">What is fuzzed; it has run its seeds already, so that what happens once has happened.</param>
    /// <param name="edges">How many counters the woven code has.</param>
    /// <param name="lastInput">Where the input under way is kept, so that it survives the process.</param>
    public static void Run(FuzzTarget target, int edges, string lastInput)
    {
        Probe.Counters = Attach("__AFL_SHM_ID");
        var mapBytes = (uint)((edges + 63) / 64 * 64);
        if (!TryWrite(OptionsEnabled | OptionMapSize | OptionSharedInput | ((mapBytes - 1) << 1)))
        {
            throw new InvalidOperationException("No fuzzer listens. This command is for afl-fuzz to start; see fuzz/README.md.");
        }

        if (!TryRead(out var answer) || (answer & OptionSharedInput) == 0)
        {
            throw new InvalidOperationException("The fuzzer doesn't give inputs in shared memory; AFL++ 4 does.");
        }

        var input = Attach("__AFL_SHM_FUZZ_ID");
        using var watch = new RunWatch(lastInput);
        var process = (uint)Environment.ProcessId;
        while (TryRead(out _) && TryWrite(process))
        {
            var bytes = new ReadOnlySpan<byte>(input + sizeof(uint), (int)*(uint*)input);
            watch.Begin(bytes);
            var status = RunOne(target, bytes);
            watch.End();
            if (!TryWrite(status))
            {
                return;
            }
        }
    }

    private static uint RunOne(FuzzTarget target, ReadOnlySpan<byte> input)
    {
        try
        {
            _ = target.Run(input);
            return 0;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            return Aborted;
        }
    }

    private static byte* Attach(string variable)
    {
        var text = Environment.GetEnvironmentVariable(variable);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            throw new InvalidOperationException($"{variable} isn't set. This command is for afl-fuzz to start; see fuzz/README.md.");
        }

        var address = LibC.AttachSharedMemory(id, 0, 0);
        return address != -1
            ? (byte*)address
            : throw new InvalidOperationException($"The fuzzer's shared memory can't be attached: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    private static bool TryRead(out uint value)
    {
        uint read = 0;
        var there = LibC.Read(ControlDescriptor, &read, sizeof(uint)) == sizeof(uint);
        value = read;
        return there;
    }

    private static bool TryWrite(uint value) => LibC.Write(StatusDescriptor, &value, sizeof(uint)) == sizeof(uint);
}
