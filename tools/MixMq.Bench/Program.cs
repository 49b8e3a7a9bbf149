using MixMq.Bench;

return await BenchCommands.Create().Parse(args).InvokeAsync();
