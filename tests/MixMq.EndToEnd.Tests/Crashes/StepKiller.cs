using System.Runtime.InteropServices;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// In a node's process: has SQLite tell each statement, and ends the process by SIGKILL at the step that a file asks for. SQLite's own tracing is used, so the
/// node is the shipping one, and so is its SQLite; the rig asks by writing the step's name into the file, which is gone when it has been read.
/// </summary>
internal static unsafe partial class StepKiller
{
    public const string FileVariable = "MIXMQ_RIG_STEP_FILE";
    private const uint Begun = 1; // SQLITE_TRACE_STMT
    private const uint Ended = 2; // SQLITE_TRACE_PROFILE
    private const int SigKill = 9;
    private static string s_file = "";
    private static CrashStep? s_asked;
    private static HashSet<CrashStep> s_inTransaction = [];
    private static delegate* unmanaged<nint, uint, delegate* unmanaged<uint, nint, nint, nint, int>, nint, int> s_trace;
    private static delegate* unmanaged<nint, byte*> s_sql;

    public static void Watch(string file)
    {
        s_file = file;
        var library = NativeLibrary.Load(Directory.GetFiles(AppContext.BaseDirectory, "libe_sqlite3.so", SearchOption.AllDirectories)
            .OrderByDescending(path => path.Contains(RuntimeInformation.RuntimeIdentifier, StringComparison.Ordinal)).First());
        s_trace = (delegate* unmanaged<nint, uint, delegate* unmanaged<uint, nint, nint, nint, int>, nint, int>)NativeLibrary.GetExport(library, "sqlite3_trace_v2");
        s_sql = (delegate* unmanaged<nint, byte*>)NativeLibrary.GetExport(library, "sqlite3_sql");
        var atOpening = (delegate* unmanaged<delegate* unmanaged<nint, nint, nint, int>, int>)NativeLibrary.GetExport(library, "sqlite3_auto_extension");
        if (atOpening(&OnOpened) != 0)
            throw new InvalidOperationException("SQLite doesn't tell of its connections.");
    }

    [UnmanagedCallersOnly]
    private static int OnOpened(nint database, nint error, nint api) => s_trace(database, Begun | Ended, &OnStatement, 0);

    /// <summary>On the storage writer's thread for everything that writes; the reading connection begins no transaction.</summary>
    [UnmanagedCallersOnly]
    private static int OnStatement(uint what, nint context, nint statement, nint detail)
    {
        var sql = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(s_sql(statement));
        if (sql.StartsWith("BEGIN IMMEDIATE"u8))
        {
            if (what == Begun)
                Begin();
        }
        else if (sql.SequenceEqual("COMMIT"u8))
        {
            if (s_asked is { } asked && s_inTransaction.Contains(asked) && IsBefore(asked) == (what == Begun))
                _ = Kill(Environment.ProcessId, SigKill);
        }
        else if (what == Begun && s_asked is not null)
        {
            Note(sql);
        }

        return 0;
    }

    private static void Begin()
    {
        s_inTransaction = [];
        if (s_asked is null && File.Exists(s_file))
        {
            s_asked = Enum.Parse<CrashStep>(File.ReadAllText(s_file));
            File.Delete(s_file);
        }
    }

    private static void Note(ReadOnlySpan<byte> sql)
    {
        if (sql.StartsWith("INSERT INTO outbox ("u8))
            Add(CrashStep.BeforeAcceptance, CrashStep.AfterAcceptance);
        else if (sql.StartsWith("INSERT INTO inbox ("u8))
            Add(CrashStep.BeforeDelivery, CrashStep.AfterDelivery);
        else if (sql.StartsWith("UPDATE outbox SET status = 2"u8))
            Add(CrashStep.BeforeSettlement, CrashStep.AfterSettlement);
    }

    private static void Add(CrashStep before, CrashStep after)
    {
        s_inTransaction.Add(before);
        s_inTransaction.Add(after);
    }

    private static bool IsBefore(CrashStep step) => step is CrashStep.BeforeAcceptance or CrashStep.BeforeDelivery or CrashStep.BeforeSettlement;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
