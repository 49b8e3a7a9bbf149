namespace MixMq.Bench.ConstantTime;

/// <summary>Something whose time is not to depend on the class of its input.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Classes">What the two classes are.</param>
/// <param name="IsPlanted">It leaks by design: a test that doesn't see that sees nothing.</param>
/// <param name="Calls">Calls in one measurement: a call that is shorter than the clock's tick is repeated.</param>
/// <param name="Part">The part of the measurements that is taken; what is slow gets fewer.</param>
/// <param name="Run">Runs it once on an input of a class; the number chooses among inputs of that class.</param>
internal sealed record Subject(string Name, string Classes, bool IsPlanted, int Calls, double Part, Action<int, int> Run);
