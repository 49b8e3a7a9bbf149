using System.CommandLine;
using MixMq.Sim.Commands;

return await SimCommands.Create().Parse(args).InvokeAsync();
