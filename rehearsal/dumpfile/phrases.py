# SPDX-License-Identifier: GPL-3.0-or-later
"""What Data Pump says in its log, by NLS_LANGUAGE: messages are translated on servers that are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Phrases:
    """Lines of the log as format strings; `{job}` is the quoted owner and name, `{at}` the end's time."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    starting: str
    estimating: str
    processing: str
    estimated: str
    exported: str
    rows: str
    in_seconds: str
    master: str
    files: str
    completed: str
    completed_with_errors: str
    stopped_by_error: str
    stopped_by_user: str


_AMERICAN = Phrases(
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    starting="Starting {job}:  {command}",
    estimating="Estimate in progress using {method} method...",
    processing="Processing object type {path}",
    estimated="Total estimation using {method} method: {size}",
    exported=". . exported {table}",
    rows="rows",
    in_seconds="in {seconds} seconds using direct_path",
    master="Master table {job} successfully loaded/unloaded",
    files="Dump file set for {plain_job} is:",
    completed="Job {job} successfully completed at {at}",
    completed_with_errors="Job {job} completed with {errors} error(s) at {at}",
    stopped_by_error="Job {job} stopped due to fatal error at {at}",
    stopped_by_user="Job {job} stopped by user request at {at}",
)
_CHINESE = Phrases(
    weekdays=tuple(f"星期{day}" for day in "一二三四五六日"),
    months=tuple(f"{month}月" for month in range(1, 13)),
    starting="启动 {job}:  {command}",
    estimating="正在使用 {method} 方法进行估计...",
    processing="处理对象类型 {path}",
    estimated="使用 {method} 方法的总估计: {size}",
    exported=". . 导出了 {table}",
    rows="行",
    in_seconds="在 {seconds} 秒内使用 direct_path",
    master="已成功加载/卸载了主表 {job}",
    files="{plain_job} 的转储文件集为:",
    completed="作业 {job} 已于 {at} 成功完成",
    completed_with_errors="作业 {job} 已经完成, 但是有 {errors} 个错误 (于 {at} 完成)",
    stopped_by_error="作业 {job} 因致命错误于 {at} 停止",
    stopped_by_user="作业 {job} 已由用户请求于 {at} 停止",
)
PHRASES: Mapping[str, Phrases] = {"AMERICAN": _AMERICAN, "SIMPLIFIED CHINESE": _CHINESE}
